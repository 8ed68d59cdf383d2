import { throttled } from '../../observability/throttle.ts';
import { QrPictures } from '../../qr/qr-pictures.ts';
import type { ApiContext } from '../api-context.ts';
import { QrPages } from './qr-pages.ts';

/** The codes of links over what the surfaces are given. */
export function openQrPages(context: ApiContext): QrPages {
  const { database, domains, reserved, qrLogos, painting, clientAddress, logger } = context;
  return new QrPages({
    targetOf: context.targetOf,
    logos: qrLogos,
    pictures: new QrPictures(painting),
    clientAddress,
    domains,
    reserved,
    onTrouble: throttled(1_000, (error: unknown, times) => {
      if (database.isUnavailable(error)) {
        logger.warn({ reason: String(error), times }, 'QR codes could not be shown');
      } else logger.error({ err: error, times }, 'QR codes failed');
    }),
  });
}
