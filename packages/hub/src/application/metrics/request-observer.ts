/** A request that was answered. Nothing in it is chosen by whoever asked, so that nobody can make up new ones without end. */
export interface ObservedRequest {
  readonly method: string;
  /** The pattern of the route; undefined where there is none. */
  readonly route: string | undefined;
  readonly status: number;
  readonly seconds: number;
}

/** Hears of every request that was answered. */
export interface RequestObserver {
  requestAnswered(request: ObservedRequest): void;
}
