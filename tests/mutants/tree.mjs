// SPDX-License-Identifier: MIT
// tree.mjs: a copy of the repository that may be changed, and what is built from it.
import { spawn } from 'node:child_process';
import {
  copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const BUILD_MS = 600000;
/** A test that waits for what a mutant never does gives up after it (tests/host/process.h). */
const PATIENCE_MS = 15000;

/** What is still to come once enough was said; Node waits for what a failed test has left open. */
const REST_MS = 500;

/**
 * Runs a command and all that it starts, which is killed when its time is over or it has said enough.
 * @returns {Promise<{ status: number | null, out: string }>}
 */
export function run([program, ...args], { ms, env = {}, cwd, isEnough = () => false }) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const out = [];
    const kill = () => process.kill(-child.pid, 'SIGKILL');
    let timer = setTimeout(kill, ms);
    let isOver = false;
    const hear = (bytes) => {
      out.push(bytes);
      if (isOver || !isEnough(Buffer.concat(out).toString())) return;
      isOver = true;
      clearTimeout(timer);
      timer = setTimeout(kill, REST_MS);
    };
    for (const stream of [child.stdout, child.stderr]) stream.on('data', hear);
    child.on('error', reject);
    child.on('close', (status) => {
      clearTimeout(timer);
      resolve({ status, out: Buffer.concat(out).toString() });
    });
  });
}

/** What is no source. `folder`: where this copy itself may lie. */
function isLeftOut(file, root, folder) {
  const name = path.basename(file);
  const isTop = path.dirname(file) === root;
  return name === 'node_modules' || file === folder || (isTop && /^(\.git$|build)/.test(name));
}

/** Makes `to` as `from` is; what is equal keeps its time, so that it is not built again. */
function copy(from, to, leavesOut) {
  mkdirSync(to, { recursive: true });
  const names = readdirSync(from, { withFileTypes: true }).filter(({ name }) => !leavesOut(path.join(from, name)));
  const kept = new Set(names.map(({ name }) => name));
  for (const name of readdirSync(to)) if (!kept.has(name)) rmSync(path.join(to, name), { recursive: true });
  for (const entry of names) {
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
    if (entry.isDirectory()) copy(source, target, leavesOut);
    else if (entry.isFile() && !isSame(source, target)) copyFileSync(source, target);
  }
}

function isSame(a, b) {
  const there = statSync(b, { throwIfNoEntry: false });
  return there?.isFile() && statSync(a).mode === there.mode && readFileSync(a).equals(readFileSync(b));
}

export class Tree {
  #origin;
  /** The file that is changed now. @type {string | null} */
  #changed = null;

  constructor(origin, folder) {
    this.#origin = origin;
    this.root = path.join(folder, 'tree');
    this.build = path.join(folder, 'build');
    /** A short path: there are sockets in it. */
    this.temporary = mkdtempSync(path.join(os.tmpdir(), 'csign-'));
    process.on('exit', () => rmSync(this.temporary, { recursive: true, force: true }));
    copy(origin, this.root, (file) => isLeftOut(file, origin, folder));
  }

  /** @param {boolean} hasBoard */
  async configure(hasBoard) {
    const { status, out } = await run(['cmake', '-S', this.root, '-B', this.build, '-DCSIGN_TESTS=ON',
      `-DCSIGN_BOARD=${hasBoard ? 'ON' : 'OFF'}`, '-DCMAKE_BUILD_TYPE=None', `-DCMAKE_C_FLAGS=-O0 -DPROCESS_PATIENCE_MS=${PATIENCE_MS}`], { ms: BUILD_MS });
    if (status !== 0) throw new Error(`cmake failed:\n${out}`);
  }

  /** @returns {Promise<string | null>} why it does not build */
  async make(targets, jobs) {
    if (targets.length === 0) return null;
    const { status, out } = await run(['cmake', '--build', this.build, '--parallel', String(jobs), '--target', ...targets], { ms: BUILD_MS });
    return status === 0 ? null : out;
  }

  read(file) {
    return existsSync(path.join(this.#origin, file)) ? readFileSync(path.join(this.#origin, file), 'utf8') : null;
  }

  /** Changes one file; the one before is as it was again. */
  change(file, text) {
    this.restore();
    writeFileSync(path.join(this.root, file), text);
    this.#changed = file;
  }

  restore() {
    if (this.#changed) copyFileSync(path.join(this.#origin, this.#changed), path.join(this.root, this.#changed));
    this.#changed = null;
  }
}
