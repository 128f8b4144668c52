import { standIn } from '../store/stand-in.ts';
import type { Repositories, Store } from '../store/store.ts';
import { announcingAgents, announcingGrants } from './announcing-agents.ts';
import { announcingJobs } from './announcing-jobs.ts';
import { announcingRuns, announcingTransfers } from './announcing-runs.ts';
import type { ChangeListener } from './change-listener.ts';
import type { Tell, Telling } from './tell.ts';

/**
 * The store, with somebody who hears of every change: outside of a transaction when it is made, within one after the commit, and
 * never when it is undone. Here, and not in each service, so that no service can forget to tell.
 */
export function announcingStore(store: Store, changes: ChangeListener): Store {
  return standIn(store, {
    ...announcing(store, (telling) => telling(changes)),
    async transaction<T>(work: (repositories: Repositories) => Promise<T>): Promise<T> {
      let tellings: Telling[] = [];
      const result = await store.transaction((repositories) => {
        // The work may be done over: what was to be told of it before has not happened.
        tellings = [];
        return work(
          standIn(
            repositories,
            announcing(repositories, (telling) => void tellings.push(telling)),
          ),
        );
      });
      for (const telling of tellings) telling(changes);
      return result;
    },
  });
}

function announcing(repositories: Repositories, tell: Tell): Partial<Repositories> {
  const { users, agents, grants, jobs, runs, transfers } = repositories;
  return {
    // Their jobs go with them.
    users: standIn(users, {
      async delete(id, version) {
        const isDeleted = await users.delete(id, version);
        if (isDeleted) tell((changes) => changes.everythingChanged());
        return isDeleted;
      },
    }),
    agents: announcingAgents(agents, tell),
    grants: announcingGrants(grants, tell),
    jobs: announcingJobs(jobs, tell),
    runs: announcingRuns(runs, tell),
    transfers: announcingTransfers(transfers, tell),
  };
}
