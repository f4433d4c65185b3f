import type { DeployWorld, StopWorld } from '../deploys/contract.ts';
import type { Deploy } from '../../src/release/ports.ts';
import type { CiServer } from './ci-server.ts';

/** A double as the world of the contract. `lost`: what a start whose answer is lost comes to. */
export function deployWorld(
  server: CiServer,
  make: () => Deploy,
  lost: DeployWorld['lost'] = 'looked-for',
): DeployWorld & StopWorld {
  return {
    make,
    lost,
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
    stubborn() {
      server.levers.stubborn = true;
    },
    cut: () => server.cut(),
    restore: () => server.restore(),
    astray: () => server.astray(),
    stop: () => server.stop(),
  };
}
