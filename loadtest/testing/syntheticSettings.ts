import type { Books, Phase, Results } from '../../contracts/saleResults.ts';
import type { PhasePlan } from '../running/phasePlan.ts';

export const START = Date.UTC(2026, 10, 20, 9, 0, 0) / 1000;

/** A phase whose books closed. */
export function closed(phase: Phase): Phase {
  const accepted = phase.summary.load?.accepted ?? 0;
  const completed = phase.way === 'sync' ? accepted : (phase.summary.completion?.count ?? 0);
  const books: Books = {
    closed: true,
    settled: true,
    orders: { accepted, completed, declined: 0, cancelled: 0, pending: 0 },
    messages: { visible: 0, inFlight: 0, deadLettered: 0, async: 0 },
    charges: { count: completed, cents: completed * 5_000 },
    violations: [],
    notes: [],
  };
  return { ...phase, books };
}

export const settingsOf = (plan: PhasePlan[], quick: boolean): Results['settings'] => ({
  command: quick ? 'npm run sale -- --quick' : 'npm run sale',
  startedAt: new Date(START * 1000).toISOString(),
  quick,
  sharedMachine: false,
  users: 20,
  seconds: 60,
  workers: 20,
  seed: 1,
  phases: plan.map(({ id }) => id),
  target: { kind: 'own', stage: 'local', url: 'http://127.0.0.1:8080' },
  parameters: {},
  machine: { cpus: 2, cpuModel: 'Example', memoryGb: 4, platform: 'linux x64' },
  versions: { 'flash-sale': '1.0.0', node: '24.21.0', locust: '2.47.0' },
});
