// The refusal of a load balancer, which never lets a call through to the API behind it.
import type { Response } from 'express';

/**
 * Answers as the one in front of Intercom did for days: HTML, and none of Intercom's own headers. Reported in
 * https://community.intercom.com/api-webhooks-23/api-requests-are-returning-403-4656
 */
export function refuseAsLoadBalancer(res: Response, status: number): void {
  const title = `${status} ${titles[status] ?? 'Error'}`;
  res
    .status(status)
    .setHeader('Content-Type', 'text/html')
    .setHeader('Server', 'awselb/2.0')
    .end(
      `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`,
    );
}

const titles: Record<number, string> = {
  403: 'Forbidden',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Temporarily Unavailable',
  504: 'Gateway Time-out',
};
