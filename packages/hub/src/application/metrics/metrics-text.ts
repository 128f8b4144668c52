/** The hub's metrics in the form that whoever collects them reads. */
export interface MetricsText {
  /** Of what `text` gives. */
  readonly contentType: string;
  /** As they are at this moment. @throws what the database throws. */
  text(): Promise<string>;
}
