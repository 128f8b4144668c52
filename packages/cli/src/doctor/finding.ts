import { FerryError } from '@ferryline/engine';

/** What a probe found: all is well, it goes on but should be looked at, or it keeps the agent from its work. */
export type Finding =
  | { readonly level: 'ok'; readonly what: string }
  | {
      readonly level: 'warn' | 'fail';
      readonly what: string;
      /** One sentence: what to do. */
      readonly advice: string;
    };

export function ok(what: string): Finding {
  return { level: 'ok', what };
}

export function warn(what: string, advice: string): Finding {
  return { level: 'warn', what, advice };
}

export function fail(what: string, advice: string): Finding {
  return { level: 'fail', what, advice };
}

/** An error of ours as a finding: its first sentence says what happened, the rest what to do. */
export function failed(thrown: unknown): Finding {
  const { message } = FerryError.from(thrown);
  const [, what = message, advice] = /^(.*?[.?!])\s+(.*)$/s.exec(message) ?? [];
  return fail(what, advice ?? 'Put that right, and ask again.');
}
