import { RecordRefused } from '../../domain/run/record-refused.ts';
import { isHopeless } from './statement-failure.ts';

/** Does the work. @throws RecordRefused for what the database would refuse for ever; everything else as it is: it may pass. */
export async function orRefused<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw isHopeless(thrown) ? new RecordRefused(thrown) : thrown;
  }
}
