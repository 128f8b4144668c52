import { lookup } from 'node:dns/promises';
import { whyUnreachable } from '@ferryline/agent/dial';
import { exitCodes } from '@ferryline/engine';
import type { Probe } from '../probe.ts';
import { judgeAddress } from '../rule/address.ts';

/** Where the hub's name leads. */
export const addressProbe: Probe = {
  name: 'address',
  needs: [],
  failsWith: exitCodes.denied,
  run: async ({ hub, proxy }) => {
    const host = hub.hostname.replace(/^\[|\]$/g, '');
    const isProxied = 'value' in proxy && proxy.value !== undefined;
    try {
      const found = await lookup(host, { all: true });
      return [judgeAddress({ host, isProxied, addresses: [...new Set(found.map(({ address }) => address))] })];
    } catch (thrown) {
      return [judgeAddress({ host, isProxied, addresses: [], why: whyUnreachable(hub, thrown) })];
    }
  },
};
