/** How figures are printed: no more digits than they are worth. */

export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

export function micros(valueUs: number): string {
  return Number.isNaN(valueUs) ? '-' : valueUs.toFixed(1);
}

export function millis(valueUs: number): string {
  return Number.isNaN(valueUs) ? '-' : (valueUs / 1_000).toFixed(2);
}

export function ratio(value: number): string {
  return Number.isNaN(value) ? '-' : value.toFixed(2);
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

export function megabytes(bytes: number): string {
  return `${count(bytes / 1024 / 1024)} MB`;
}
