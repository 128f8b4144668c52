/** The error vocabulary of the whole system: the one thing that the domain takes from the engine (docs/adr/0003). */
export { type ErrorCode, exhaustive, FerryError } from '@ferryline/engine';
