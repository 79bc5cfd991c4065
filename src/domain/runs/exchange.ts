// What was asked of another service and how it refused, as the run log keeps it. Only our own words and its status and
// message: no header, where the secrets are, and nothing without a bound.

export type RefusedExchange = {
  request: { method: string; path: string; data: unknown };
  answer: { status: number; message: string };
};

/** `config` is what axios keeps of a request, whose body is JSON by then; `message` can be stored as it is. */
export function refusedExchange(
  { status, config }: { status: number; config: { method?: string; url?: string; data?: unknown } },
  message: string,
): RefusedExchange {
  const { method = '', url = '', data } = config;
  return {
    request: {
      method: method.toUpperCase(),
      path: url,
      data: typeof data === 'string' ? JSON.parse(data) : null,
    },
    answer: { status, message },
  };
}
