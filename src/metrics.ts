// Counters and timings for operators, in Prometheus' format.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export type Metrics = ReturnType<typeof createMetrics>;

/** A registry for each app, so that two apps in one process do not mix their counts. */
export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const { cards, messenger, jobs, deliveries, runs } = createSeries(registry);
  return {
    observeCard(call: string, screen: string, seconds: number): void {
      cards.labels(call, screen).observe(seconds);
    },
    observeMessenger(call: string, outcome: string, seconds: number): void {
      messenger.labels(call, outcome).observe(seconds);
    },
    /** `topic` must come from a short fixed list: each value creates its own series. */
    observeDelivery(topic: string, outcome: string, seconds: number): void {
      deliveries.labels(topic, outcome).observe(seconds);
    },
    /** `read` resolves with the unhandled deliveries, or null when there are none. */
    watchDeliveries: (read: () => Promise<Backlog | null>, left: (backlog: Backlog) => number | null) =>
      watchDeliveries(registry, read, left),
    countJob(name: string, outcome: 'done' | 'failed'): void {
      jobs.labels(name, outcome).inc();
    },
    countRun(kind: string, outcome: string): void {
      runs.labels(kind, outcome).inc();
    },
    watchRuns: (read: () => Promise<WaitingRuns[]>) => watchRuns(registry, read),
    async read() {
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}

function createSeries(registry: Registry) {
  return {
    cards: new Histogram({
      name: 'referral_desk_card_seconds',
      help: 'Response time of the card, by call and screen.',
      labelNames: ['call', 'screen'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 2],
      registers: [registry],
    }),
    messenger: new Histogram({
      name: 'referral_desk_messenger_seconds',
      help: 'Response time of cards in the Messenger, by call and outcome.',
      labelNames: ['call', 'outcome'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 2],
      registers: [registry],
    }),
    jobs: new Counter({
      name: 'referral_desk_jobs_total',
      help: 'Finished jobs, by name and outcome.',
      labelNames: ['name', 'outcome'],
      registers: [registry],
    }),
    deliveries: new Histogram({
      name: 'referral_desk_delivery_seconds',
      help: 'Time to store and answer a delivery, by topic and outcome.',
      labelNames: ['topic', 'outcome'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 4],
      registers: [registry],
    }),
    runs: new Counter({
      name: 'referral_desk_runs_total',
      help: 'Attempts of runs, by kind and outcome.',
      labelNames: ['kind', 'outcome'],
      registers: [registry],
    }),
  };
}

type Backlog = { waiting: number; oldestAt: Date; perSecond: number | null };

function watchDeliveries(
  registry: Registry,
  read: () => Promise<Backlog | null>,
  left: (backlog: Backlog) => number | null,
): void {
  const gauges: [name: string, help: string, value: (backlog: Backlog) => number | null][] = [
    ['waiting', 'Deliveries that are not handled yet.', ({ waiting }) => waiting],
    [
      'waiting_seconds',
      'Age in seconds of the oldest delivery that is not handled yet; 0 when none wait.',
      ({ oldestAt }) => secondsSince(oldestAt),
    ],
    [
      'handled_per_second',
      'Deliveries handled per second while some wait; 0 when none wait.',
      ({ perSecond }) => perSecond,
    ],
    ['seconds_left', 'Seconds until the waiting deliveries are handled at this rate.', left],
  ];
  // Gauges that are collected together share one query.
  let look: Promise<Backlog | null | undefined> | null = null;
  for (const [name, help, value] of gauges) {
    new Gauge({
      name: `referral_desk_deliveries_${name}`,
      help,
      registers: [registry],
      async collect() {
        // The other numbers are still useful, above all when the database does not respond.
        look ??= read()
          .catch(() => undefined)
          .finally(() => {
            look = null;
          });
        const backlog = await look;
        this.set(backlog === undefined ? Number.NaN : backlog === null ? 0 : (value(backlog) ?? Number.NaN));
      },
    });
  }
}

type WaitingRuns = { kind: string; waiting: number; paused: number; oldestDueAt: Date | null };

function watchRuns(registry: Registry, read: () => Promise<WaitingRuns[]>): void {
  // Without the database these numbers are missing, but the others are still useful.
  const counts = () => read().catch(() => []);
  new Gauge({
    name: 'referral_desk_runs_waiting',
    help: 'Runs that are not done yet, by kind; paused ones wait for a service or a new grant.',
    labelNames: ['kind', 'state'],
    registers: [registry],
    async collect() {
      this.reset();
      for (const { kind, waiting, paused } of await counts()) {
        this.labels(kind, 'due').set(waiting);
        this.labels(kind, 'paused').set(paused);
      }
    },
  });
  new Gauge({
    name: 'referral_desk_runs_due_seconds',
    help: 'Age of the oldest run that is due and not paused, by kind.',
    labelNames: ['kind'],
    registers: [registry],
    async collect() {
      this.reset();
      for (const { kind, oldestDueAt } of await counts())
        this.labels(kind).set(Math.max(0, secondsSince(oldestDueAt)));
    },
  });
}

const secondsSince = (at: Date | null) => (at === null ? 0 : (Date.now() - at.getTime()) / 1000);
