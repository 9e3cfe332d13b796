import { describe, expect, it } from '@jest/globals';
import type { Claim, Results, Verdict } from '../../contracts/saleResults.ts';
import { exitStatus, outcomeOf } from '../running/exitStatus.ts';
import { syntheticRun } from '../testing/syntheticRun.ts';
import { judgeClaims } from './judgeClaims.ts';

const verdictsOf = ({ claims }: Pick<Results, 'claims'>): Record<number, Verdict> =>
  Object.fromEntries(claims.map(({ id, verdict }) => [id, verdict]));

const claimOf = ({ claims }: Pick<Results, 'claims'>, id: number): Claim =>
  claims.find((claim) => claim.id === id) as Claim;

/** A run in which one thing was changed afterwards. */
function changed(change: (run: Results) => void): Results {
  const run = syntheticRun();
  change(run);
  return { ...run, claims: judgeClaims(run) };
}

const phase = (run: Results, id: string) => {
  const found = run.phases.find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(`no phase ${id}`);
  return found;
};

describe('the ten claims', () => {
  it('come out as expected for a service with the numbers of the document', () => {
    const run = syntheticRun();

    expect(verdictsOf(run)).toEqual({
      1: 'holds',
      2: 'holds',
      3: 'holds',
      4: 'holds',
      5: 'holds',
      6: 'does not follow',
      7: 'holds',
      8: 'not measured',
      9: 'holds',
      10: 'holds',
    });
    expect(exitStatus(run)).toBe(0);
  });

  it('come out the same in a quick run', () => {
    expect(verdictsOf(syntheticRun({ quick: true }))).toEqual(verdictsOf(syntheticRun()));
  });

  it('are not measured where their phases were not run', () => {
    const run = syntheticRun();
    const none = judgeClaims({ settings: run.settings, phases: [] });

    expect(new Set(none.map(({ verdict }) => verdict))).toEqual(new Set(['not measured']));
    expect(exitStatus({ ...run, phases: [], claims: none })).toBe(0);
  });
});

describe('claims 5 and 9 of a run that measured CPU times', () => {
  it('say what follows on Lambda', () => {
    const run = syntheticRun();

    expect(claimOf(run, 5).why).toContain(
      '2.8 ms of CPU an order a batch that takes up to 5.4 % longer: there 20 workers carry at least 62.2 orders/s.',
    );
    expect(claimOf(run, 9).why).toContain('0.0807 GB-s an order at most, and 5.0 million.');
  });

  it('say nothing of it where Lambda itself was measured', () => {
    const run = changed(({ phases }) => {
      for (const { summary } of phases) if (summary.runtime) summary.runtime.times = {};
    });

    for (const id of [5, 9]) expect(claimOf(run, id).why).not.toContain('On Lambda');
  });
});

describe('a run on a machine that others use too', () => {
  const shared = (run: Results): Results => {
    const settings = { ...run.settings, sharedMachine: true };
    return { ...run, settings, claims: judgeClaims({ ...run, settings }) };
  };
  const slow = (results: Results) => {
    const { load } = phase(results, '6').summary;
    if (load) Object.assign(load.settledLatency, { p95: 300 });
  };

  it('shows a speed that was missed, and ends well all the same', () => {
    const run = shared(changed(slow));

    expect(claimOf(run, 7)).toMatchObject({
      verdict: 'does not hold',
      why: expect.stringContaining(
        'Others use this machine too: a speed is shown here, not judged.',
      ),
    });
    expect(exitStatus(run)).toBe(0);
    expect(exitStatus(changed(slow))).toBe(1);
  });

  it('fails for whatever has nothing to do with speed, and tells that first', () => {
    const failing = syntheticRun({ failing: 0.1 });
    slow(failing);
    const run = shared(failing);

    expect(claimOf(run, 7).why).toBe('Accepted in phase 6: 90.0 % instead of 100.0 %.');
    expect(exitStatus(run)).toBe(1);
  });
});

describe('claim 2, the sync flash sale', () => {
  it.each([4, 6])('fails with %i payment slots', (syncSlots) => {
    const run = syntheticRun({ syncSlots });

    expect(verdictsOf(run)[2]).toBe('does not hold');
    expect(exitStatus(run)).toBe(1);
  });

  it('fails with 6 slots in a quick run as well', () => {
    expect(verdictsOf(syntheticRun({ syncSlots: 6, quick: true }))[2]).toBe('does not hold');
  });

  it('fails when refusals take long, and says so', () => {
    const run = changed((results) => {
      const { load } = phase(results, '1b').summary;
      if (load) load.refusedLatency.p95 = 900;
    });

    expect(claimOf(run, 2).verdict).toBe('does not hold');
    expect(claimOf(run, 2).why).toBe(
      'Refusal, p95: 900 ms, max 6 ms of 365 instead of at most 500 ms.',
    );
  });
});

describe('claim 3, accepted at once', () => {
  it('fails when one order in ten is answered 500', () => {
    const run = syntheticRun({ failing: 0.1 });

    expect(verdictsOf(run)).toMatchObject({ 3: 'does not hold', 7: 'does not hold' });
    expect(claimOf(run, 3).why).toBe('Accepted in phase 3: 90.0 % instead of 100.0 %.');
  });

  it('fails when fewer orders arrive than the closed loop asks for', () => {
    const run = changed((results) => {
      const { load } = phase(results, '3').summary;
      if (load?.askedPerSecond) load.sentPerSecond = load.askedPerSecond * 0.94;
    });

    expect(verdictsOf(run)[3]).toBe('does not hold');
  });
});

describe('claim 4, one worker', () => {
  it('compares growth with the arrivals of the same seconds', () => {
    const run = changed((results) => {
      const { queue } = phase(results, '3').summary;
      if (queue) Object.assign(queue, { arrivalsPerSecond: 30, growthPerSecond: 26.6 });
    });

    expect(verdictsOf(run)[4]).toBe('holds');
  });

  it('fails when the queue grows as if nobody worked', () => {
    const run = changed((results) => {
      const { queue } = phase(results, '3').summary;
      if (queue) queue.growthPerSecond = queue.arrivalsPerSecond;
    });

    expect(verdictsOf(run)[4]).toBe('does not hold');
  });
});

describe('claim 5, twenty workers', () => {
  it('fails when each worker pays one order at a time', () => {
    const run = syntheticRun({ workerBatch: 1 });

    expect(verdictsOf(run)).toMatchObject({ 5: 'does not hold', 9: 'does not hold' });
    expect(claimOf(run, 5).why).toMatch(
      /phase 3 drained after: still waiting after \d+ s for \d+ orders/,
    );
    expect(exitStatus(run)).toBe(1);
  });

  it('fails when the drain takes more than a tenth longer than the formula', () => {
    const run = changed((results) => {
      const { drain } = phase(results, '5a').summary;
      if (drain) Object.assign(drain, { backlog: 3400, drainedAfterSeconds: 61.2 });
    });

    expect(verdictsOf(run)[5]).toBe('does not hold');
  });

  it.each([true, false])('asks for 97 to 103 %% of the arrivals, quick: %s', (quick) => {
    const run = syntheticRun({ quick });
    const { queue } = phase(run, '5b').summary;
    Object.assign(queue ?? {}, { arrivalsPerSecond: 60, completedPerSecond: 62.4 });

    const claim = claimOf({ claims: judgeClaims(run) }, 5);

    expect(queue?.fromSecond).toBe(10);
    expect(claim).toMatchObject({
      verdict: 'does not hold',
      why: expect.stringMatching(
        /^Completed a second from 10 s on: 62\.4\/s at 60\.0 arrivals\/s instead of 58\.2\/s to 61\.8\/s\. On Lambda /,
      ),
    });
  });
});

describe('claim 5, after less than 40 s of load', () => {
  it('is not judged by the rate at which a backlog of the start is worked off', () => {
    const run = changed((results) => {
      const { queue } = phase(results, '5b').summary;
      Object.assign(queue ?? {}, {
        toSecond: 39,
        arrivalsPerSecond: 61.6,
        completedPerSecond: 65.9,
      });
    });
    const alone = run.phases.filter(({ id }) => id === '5b');

    expect(verdictsOf(run)[5]).toBe('holds');
    expect(claimOf({ claims: judgeClaims({ ...run, phases: alone }) }, 5)).toMatchObject({
      verdict: 'not measured',
      why: expect.stringContaining('nor 5b for 40 s or more'),
    });
  });
});

describe('phases that are not whole', () => {
  const breakOff = (run: Results, id: string) => {
    phase(run, id).note = 'broken off: The service was ended by SIGKILL.';
  };

  it('decide nothing, and say themselves why', () => {
    const run = changed((results) => {
      for (const id of ['3', '5a', '5b']) breakOff(results, id);
    });

    expect(verdictsOf(run)).toMatchObject({
      3: 'not measured',
      4: 'not measured',
      5: 'not measured',
      6: 'not measured',
      9: 'not measured',
    });
    expect(claimOf(run, 4).why).toBe('Phase 3 was broken off: The service was ended by SIGKILL.');
    expect(claimOf(run, 6).why).toContain('Phase 5a was broken off');
  });

  it('are named beside those that a claim is judged by', () => {
    const run = changed((results) => breakOff(results, '5b'));

    expect(claimOf(run, 5)).toMatchObject({
      verdict: 'holds',
      why: expect.stringContaining('Phase 5b was broken off'),
    });
  });
});

describe('claim 6, 20 orders a second', () => {
  it('does not follow either from workers that pay one at a time', () => {
    expect(verdictsOf(syntheticRun({ workerBatch: 1 }))[6]).toBe('does not follow');
  });

  it('holds where the workers really complete 20 a second, and decides nothing', () => {
    const run = changed((results) => {
      const { completion } = phase(results, '5a').summary;
      const { queue } = phase(results, '5b').summary;
      if (completion) completion.perSecond = 20;
      if (queue) queue.completedPerSecond = 20;
    });

    expect(claimOf(run, 6)).toMatchObject({ verdict: 'holds', shouldHold: false });
  });
});

describe('claim 7, SNS straight to Lambda', () => {
  it('fails when far fewer executions ran than the arrivals need', () => {
    const run = changed((results) => {
      const { runtime } = phase(results, '6').summary;
      if (runtime) runtime.peakConcurrency.topicProcessor = 50;
    });

    expect(verdictsOf(run)[7]).toBe('does not hold');
  });
});

describe('claim 8, cold starts', () => {
  it('is judged by the Init Duration of Lambda alone', () => {
    const run = changed((results) => {
      const { runtime } = phase(results, '6').summary;
      const figures = { mean: 72, min: 60, p50: 70, p95: 90, p99: 90, max: 90 };
      if (runtime) runtime.coldStartMs = { count: 180, ...figures };
    });

    expect(claimOf(run, 8)).toMatchObject({
      verdict: 'holds',
      measured: 'median 70 ms of 180 cold starts, 2.3 % of a payment',
    });
  });
});

describe('claim 9, the free tier', () => {
  it('calls less than 0.075 GB-s an order an error of measurement', () => {
    const run = changed((results) => {
      const { runtime, completion } = phase(results, '5a').summary;
      if (runtime && completion) runtime.billedGbSeconds.queueWorker = completion.count * 0.0749;
    });

    expect(claimOf(run, 9)).toMatchObject({
      verdict: 'does not hold',
      why: expect.stringContaining('error of measurement'),
    });
  });

  it('says how many orders the free tier covers here', () => {
    expect(claimOf(syntheticRun(), 9).why).toContain('5.2 million orders');
  });
});

describe('claim 10, the missing topic', () => {
  it.each([
    ['another status', { status: 500 }],
    ['a text that names nothing', { detail: 'Service Unavailable' }],
    ['the topic alone where the queue is missing too', { detail: 'SNS_TOPIC_ARN is not set' }],
  ])('fails for %s', (_, answer) => {
    const run = changed((results) => {
      const { configuration } = phase(results, '0').summary;
      Object.assign(configuration?.answers[0] ?? {}, answer);
    });

    expect(verdictsOf(run)[10]).toBe('does not hold');
  });

  it('fails when the refused order was stored', () => {
    const run = changed((results) => {
      const { configuration } = phase(results, '0').summary;
      if (configuration) configuration.ordersStored = 1;
    });

    expect(verdictsOf(run)[10]).toBe('does not hold');
  });
});

describe('the exit status', () => {
  it('is 3 when books stay open, whatever the claims say', () => {
    const run = syntheticRun({ syncSlots: 6 });
    const { books } = phase(run, '3');
    if (books) books.closed = false;

    expect(exitStatus(run)).toBe(3);
  });

  it('is 2 for a broken run, whatever else it shows', () => {
    const run = syntheticRun({ syncSlots: 6 });

    expect(exitStatus({ ...run, broken: { phase: '3', reason: 'the service is gone' } })).toBe(2);
  });

  it('is told in sentences, and only a good one says that every claim holds', () => {
    const run = syntheticRun();
    const openBooks = syntheticRun();
    Object.assign(phase(openBooks, '3').books ?? {}, { closed: false });
    const metrics = {
      lines: 9,
      invalid: 0,
      lastFault: null,
      sums: [{ metric: 'OrderAccepted', sum: 1, what: 'orders', counted: 2 }],
    };
    const broken = { phase: '1b', reason: 'The service is gone.\nIts log ends with: ...' };

    expect(outcomeOf(run)).toBe('All measured claims hold.');
    expect(outcomeOf(openBooks)).toBe('The books do not close after phase 3.');
    expect(outcomeOf({ ...run, metrics })).toBe(
      'OrderAccepted adds up to 1, the books have 2 orders.',
    );
    expect(outcomeOf({ ...run, broken })).toBe('The run broke in phase 1b: The service is gone.');
  });
});

describe('the claim of a stock', () => {
  const sale = (change: Partial<NonNullable<Results['phases'][0]['summary']['stock']>>) => {
    const run = syntheticRun({ stock: 500 });
    const { summary } = phase(run, '7');
    if (summary.stock !== null) Object.assign(summary.stock, change);
    if (summary.load !== null)
      summary.load.refusedLatency = { ...summary.load.acceptedLatency, p95: 40 };
    return claimOf({ claims: judgeClaims(run) }, 11);
  };

  it('holds where all units were sold and the rest of the buyers refused', () => {
    expect(sale({})).toMatchObject({ verdict: 'holds', shouldHold: true });
  });

  it.each([
    ['one too many was sold', { sold: 501 }, 'Units sold, held and free together: 501 instead'],
    ['one is left', { sold: 499, free: 1 }, 'Units sold: 499, 0 held and 1 free of 500'],
    ['they never ran out', { soldOutAfterSeconds: null }, 'no figure'],
    ['nobody was refused', { refused: 0 }, 'Buyers refused, and told so: 0'],
  ])('does not hold where %s', (_, change, why) => {
    expect(sale(change)).toMatchObject({
      verdict: 'does not hold',
      why: expect.stringContaining(why),
    });
  });

  it('is no claim of a run that sold no stock', () => {
    expect(syntheticRun().claims.some(({ id }) => id === 11)).toBe(false);
  });
});
