// A request to another service and its refusal, as the run log stores them: our request and the service's status and
// message. Never headers, which contain secrets, and nothing of unlimited length.

export type RefusedExchange = {
  request: { method: string; path: string; data: unknown };
  answer: { status: number; message: string };
};

/** `config` is what axios keeps of a request, with the body already serialized as JSON; `message` must be storable. */
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
