import { expect, it } from 'vitest';
import { Disposals } from './disposals.ts';

it('closes in reverse, one after the other, and each once', async () => {
  const disposals = new Disposals();
  const said: string[] = [];
  disposals.add(() => void said.push('first'));
  disposals.add(async () => {
    said.push('second begins');
    await Promise.resolve();
    said.push('second ends');
  });
  disposals.add(() => void said.push('third'));
  await disposals.run();
  await disposals.run();
  expect(said).toEqual(['third', 'second begins', 'second ends', 'first']);
});

it('closes the rest when one cannot be closed, and says why it could not', async () => {
  const disposals = new Disposals();
  const said: string[] = [];
  disposals.add(() => void said.push('first'));
  disposals.add(() => Promise.reject(new Error('it is stuck')));
  disposals.add(() => {
    throw new Error('it is gone');
  });
  await expect(disposals.run()).rejects.toThrow('it is gone');
  await disposals.run();
  expect(said).toEqual(['first']);
});
