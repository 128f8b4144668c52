import { FerryError } from './errors.ts';

/** A state machine as a table one can print: from each state, the states it may move to. */
export type MoveTable<State extends string> = Readonly<Record<State, readonly State[]>>;

/**
 * Returns `to` when the table allows the move, so that a caller can only store what was checked.
 *
 * @throws FerryError CONFLICT that names the subject and both states.
 */
export function move<State extends string>(subject: string, table: MoveTable<State>, from: State, to: State): State {
  if (table[from].includes(to)) return to;
  throw new FerryError('CONFLICT', `${subject} is ${from} and cannot become ${to}.`, { details: { from, to } });
}
