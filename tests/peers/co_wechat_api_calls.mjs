// A client that nobody here wrote, against the sandbox: co-wechat-api 3.11.0 from npm, for tokens, getPois and delPoi.
//
// usage: node co_wechat_api_calls.mjs POILIFT
//
// Installs the client into a folder of its own, starts `POILIFT sandbox` with tokens that end early, and calls. Exits with 0,
// with 1 and words, or with 77 where the client cannot be installed.

import assert from 'node:assert';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { once } from 'node:events';

const PACKAGE = 'co-wechat-api@3.11.0';

const folder = mkdtempSync(join(tmpdir(), 'peer-'));
let sandbox;

function installed() {
  writeFileSync(join(folder, 'package.json'), '{"private": true}');
  try {
    execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund', PACKAGE], { cwd: folder, stdio: 'inherit' });
  } catch {
    console.error(`${PACKAGE} could not be installed`);
    return null;
  }
  return createRequire(join(folder, 'package.json'))('co-wechat-api');
}

async function started(poilift) {
  // Every third call finds its token ended, which the client must get over by itself.
  writeFileSync(join(folder, 'scenario.toml'), 'token_calls = 3\n');
  sandbox = spawn(resolve(poilift), ['sandbox', '--scenario', join(folder, 'scenario.toml')]);
  const [line] = await once(sandbox.stdout, 'data');
  return /^listening (http:\S+)/.exec(line.toString())[1];
}

async function calls(api) {
  const token = await api.ensureAccessToken();
  assert(token.accessToken.length > 100, 'no token');
  const page = await api.getPois(0, 50);
  const infos = page.business_list.map((store) => store.base_info);
  assert.strictEqual(infos.length, Math.min(50, Number(page.total_count)));
  const forbidden = infos.find((info) => Number(info.upgrade_status) === 4);
  const one = await api.getPoi(forbidden.poi_id);
  assert.strictEqual(one.business.base_info.business_name, forbidden.business_name);
  assert.strictEqual((await api.delPoi(forbidden.poi_id)).errcode, 0);
  await assert.rejects(api.delPoi(forbidden.poi_id), (error) => error.code === 65116 && / rid: /.test(error.message));
  const after = await api.getPois(0, 50);
  assert.strictEqual(Number(after.total_count), Number(page.total_count) - 1);
  const another = await api.ensureAccessToken();
  assert.notStrictEqual(another.accessToken, token.accessToken, 'the first token has ended');
}

let code = 1;
try {
  const API = installed();
  if (API === null) {
    code = 77;
  } else {
    const api = new API('wx0123456789abcdef', 'any-secret');
    api.prefix = `${await started(process.argv[2])}/cgi-bin/`;
    await calls(api);
    console.log(`${PACKAGE}: token, getPois, getPoi, delPoi: as the document shows`);
    code = 0;
  }
} catch (error) {
  console.error(`FAILED: ${error.stack}`);
} finally {
  sandbox?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}
process.exit(code);
