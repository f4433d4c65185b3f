import type { DeployWorld } from '../deploys/contract.ts';
import type { Deploy } from '../../src/release/ports.ts';
import type { CiServer } from './ci-server.ts';

/** A double as the world of the contract. */
export function deployWorld(server: CiServer, make: () => Deploy): DeployWorld {
  return {
    make,
    begun: () => server.runs.map(({ job }) => job),
    loseAnswer() {
      server.levers.loseAnswer = true;
    },
    end: (how) => server.end(how),
    expire() {
      server.levers.expired = true;
    },
    hostile(how) {
      server.levers.hostile = how;
    },
    cut: () => server.cut(),
    restore: () => server.restore(),
    astray: () => server.astray(),
    stop: () => server.stop(),
  };
}
