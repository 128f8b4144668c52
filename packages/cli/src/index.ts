/** The `ferry` command, for programs that start it inside their own process. */
export type { Io } from './io.ts';
export { main } from './main.ts';
