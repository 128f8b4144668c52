import type { DatabasePulse } from '../../application/health/database-pulse.ts';
import { DatabaseSilent } from './answer/database-silent.ts';
import type { HttpServices } from './http-services.ts';

/** The services, of which no call waits for a database that is silent: it is refused with 503 (FAULTS.md F20). */
export function servicesInTime(services: HttpServices, pulse: DatabasePulse): HttpServices {
  const inTime = Object.entries(services).map(([name, service]) => [name, answeringInTime(service, pulse)]);
  return Object.fromEntries(inTime) as HttpServices;
}

function answeringInTime(service: object, pulse: DatabasePulse): object {
  return new Proxy(service, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...given: unknown[]) => {
        // Nothing is begun that would be done behind the back of whoever was told that it was not.
        if (pulse.isSilent) throw new DatabaseSilent();
        const answer: unknown = value.apply(target, given);
        return answer instanceof Promise ? pulse.unlessSilent(answer, () => new DatabaseSilent()) : answer;
      };
    },
  });
}
