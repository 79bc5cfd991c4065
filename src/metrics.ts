// What an operator can watch: counters and timings in Prometheus' format.
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';

export type Metrics = {
  observeCard(call: string, screen: string, seconds: number): void;
  countJob(name: string, outcome: 'done' | 'failed'): void;
  /** The text that `/metrics` answers, with its content type. */
  read(): Promise<{ contentType: string; text: string }>;
};

/** One registry for each app, so that two in one process do not count for each other. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const cards = new Histogram({
    name: 'referral_desk_card_seconds',
    help: 'How long the card took to answer, by call and screen.',
    labelNames: ['call', 'screen'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 2],
    registers: [registry],
  });
  const jobs = new Counter({
    name: 'referral_desk_jobs_total',
    help: 'Jobs that were run, by name and outcome.',
    labelNames: ['name', 'outcome'],
    registers: [registry],
  });
  return {
    observeCard: (call, screen, seconds) => cards.labels(call, screen).observe(seconds),
    countJob: (name, outcome) => jobs.labels(name, outcome).inc(),
    async read() {
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}
