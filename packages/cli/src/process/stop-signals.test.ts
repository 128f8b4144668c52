import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import { onStopSignals } from './stop-signals.ts';

function listening(): { source: EventEmitter; clock: { nowMs: number }; heard: string[]; signals: Disposable } {
  const source = new EventEmitter();
  const clock = { nowMs: 1000 };
  const heard: string[] = [];
  const asked = { first: () => heard.push('first'), again: () => heard.push('again') };
  return { source, clock, heard, signals: onStopSignals(asked, source, () => clock.nowMs) };
}

describe('onStopSignals', () => {
  test('tells the first signal from a later one', () => {
    const { source, clock, heard } = listening();
    source.emit('SIGTERM');
    clock.nowMs += 300;
    source.emit('SIGINT');
    expect(heard).toEqual(['first', 'again']);
  });

  test('takes a signal that arrives twice at once for one', () => {
    const { source, clock, heard } = listening();
    source.emit('SIGINT');
    clock.nowMs += 5;
    source.emit('SIGINT');
    expect(heard).toEqual(['first']);
  });

  test('hears nothing any more once disposed', () => {
    const { source, heard, signals } = listening();
    signals[Symbol.dispose]();
    expect(source.listenerCount('SIGINT') + source.listenerCount('SIGTERM')).toBe(0);
    expect(heard).toEqual([]);
  });
});
