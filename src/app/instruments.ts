import type { Config } from '../config/config.ts';
import { ApiMeter } from '../observability/api-meter.ts';
import { LoopDelay } from '../observability/loop-delay.ts';
import { ProxyWatch } from '../observability/proxy-watch.ts';
import { VisitMeter } from '../observability/visit-meter.ts';
import { ClientAddress } from '../visits/client-address.ts';
import { VISIT_OUTCOMES, type VisitOutcome } from '../visits/visit-outcome.ts';
import type { Disposals } from './disposals.ts';

/** What measures the process while it serves. */
export interface Instruments {
  readonly clientAddress: ClientAddress;
  readonly loopDelay: LoopDelay;
  readonly proxies: ProxyWatch;
  readonly visitMeter: VisitMeter<VisitOutcome>;
  readonly apiMeter: ApiMeter;
}

export function openInstruments(config: Config, disposals: Disposals): Instruments {
  const clientAddress = new ClientAddress(config.trustProxy);
  const loopDelay = new LoopDelay();
  disposals.add(() => loopDelay.stop());
  const proxies = new ProxyWatch();
  const visitMeter = new VisitMeter(VISIT_OUTCOMES, (request) => {
    const { 'x-forwarded-for': forwardedFor, 'x-forwarded-proto': forwardedProto } = request.headers;
    proxies.look({
      peer: request.socket.remoteAddress ?? '',
      client: clientAddress.of(request),
      forwardedFor: forwardedFor?.toString(),
      forwardedProto: forwardedProto?.toString(),
    });
  });
  return { clientAddress, loopDelay, proxies, visitMeter, apiMeter: new ApiMeter() };
}
