import type { ChangeListener } from './change-listener.ts';

/** What is told of one change. */
export type Telling = (changes: ChangeListener) => void;

/** Takes what is to be told of a change that the database has taken. */
export type Tell = (telling: Telling) => void;
