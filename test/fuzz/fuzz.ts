// Sends so many requests to every route in turn, and keeps what no request may bring about: a 5xx, no answer, a dead app.
import type { TestApp } from '../support/app.ts';
import { servedRoutes } from '../support/served-routes.ts';
import { randomFrom } from './random.ts';
import { type FuzzRequest, fuzzRequest, type Material } from './requests.ts';
import { addWork, formsOf, keysOf, renewSession, renewToken, samplesOf } from './stage.ts';

export type FuzzReport = {
  seed: number;
  inputs: number;
  routes: number;
  /** How often each status came. */
  statuses: Record<string, number>;
  /** Routes that never answered other than 401, 404 or 405: their callers were not understood. */
  unreached: string[];
  failures: Failure[];
};
export type Failure = { route: string; input: number; answer: string; request: FuzzRequest };

type Options = {
  seed: number;
  inputs: number;
  /** Of the app to send to, if it is not the stage itself. */
  url?: string;
  atOnce?: number;
  /** After each thousand. */
  progress?(done: number): Promise<void>;
};

/** Keys are worn out by what is sent with them. */
const keysFor = 600;
const answerWithinMs = 120_000;
const mostFailures = 20;

/** `stage` is an app with the story. The fuzzed app uses its database. */
export async function fuzz(stage: TestApp, options: Options): Promise<FuzzReport> {
  const { seed, inputs, url = stage.url, atOnce = 6, progress } = options;
  const routes = servedHere(await servedRoutes(stage.url));
  const random = randomFrom(seed);
  await addWork(stage);
  const samples = await samplesOf(stage);
  const statuses: Record<string, number> = {};
  const reached = new Set<string>();
  const failures: Failure[] = [];
  let forms: Material['forms'] = [];
  let done = 0;
  while (done < inputs && failures.length < mostFailures) {
    const keys = await keysOf(stage);
    if (done % (keysFor * 20) === 0) forms = await formsOf(stage, keys);
    const material: Material = { keys, samples, forms };
    const until = Math.min(inputs, done + keysFor);
    const sendSome = async () => {
      while (done < until) {
        const input = done;
        done += 1;
        const route = routes[input % routes.length] ?? '';
        const request = fuzzRequest(random, route, material);
        const { answer, location } = await answerOf(url, request);
        statuses[answer] = (statuses[answer] ?? 0) + 1;
        if (![401, 404, 405].includes(Number(answer))) reached.add(route);
        if (!/^[1-4]\d\d$/.test(answer)) failures.push({ route, input, answer, request });
        // Some forms end the session, and some revoke the token.
        if (location?.startsWith('/console/sign-in')) await renewSession(stage, keys, request.headers.cookie);
        if (answer === '401' && route.includes(' /api/v1')) await renewToken(stage, keys, request.headers);
        if ((input + 1) % 1_000 === 0) await progress?.(input + 1);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, sendSome));
  }
  const unreached = routes.filter((route) => !reached.has(route));
  return { seed, inputs: done, routes: routes.length, statuses, unreached, failures };
}

/** Without the refusals of other methods, and of paths below a route. */
function servedHere(routes: string[]): string[] {
  return routes.filter((route) => {
    const [method, path = ''] = route.split(' ');
    if (path.includes('{')) return false;
    return method !== '_ALL' || !routes.some((other) => other !== route && other.endsWith(` ${path}`));
  });
}

type Answer = { answer: string; location: string | null };

/** The status, or what came instead of an answer. */
async function answerOf(url: string, { method, path, headers, body }: FuzzRequest): Promise<Answer> {
  try {
    const answer = await fetch(url + path, {
      ...{ method, headers, body, redirect: 'manual' },
      signal: AbortSignal.timeout(answerWithinMs),
    });
    await answer.arrayBuffer();
    return { answer: String(answer.status), location: answer.headers.get('location') };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const words = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    return { answer: words, location: null };
  }
}
