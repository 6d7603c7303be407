/**
 * @file Minimal HTTP router with path parameters and middleware.
 */
'use strict';

const { STATUS_CODES } = require('node:http');
const { URL } = require('node:url');

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
const PARAM = /\{(\w+)(?::(\w+))?\}/g;

const PATTERNS = {
  int: '\\d+',
  slug: '[a-z0-9-]+',
  any: '[^/]+',
};

const escape = (text) => text.replace(/[.*+?^$()|[\]\\]/g, '\\$&');
const noop = () => {};
const isPromise = (value) => typeof value?.then === 'function';

/** Error that carries an HTTP status. */
class HttpError extends Error {
  constructor(status, message = STATUS_CODES[status]) {
    super(message);
    this.status = status;
  }

  get expose() {
    return this.status < 500;
  }

  toJSON() {
    return { error: this.expose ? this.message : 'Internal error', status: this.status };
  }
}

/**
 * Compiles `/users/{id:int}` to a regular expression and parameter names.
 * @param {string} path
 */
function compile(path) {
  const names = [];
  const source = escape(path).replace(PARAM, (_, name, type = 'any') => {
    names.push(name);
    return `(${PATTERNS[type] ?? PATTERNS.any})`;
  });
  return { names, regex: new RegExp(`^${source}/?$`) };
}

class Router {
  #routes = [];
  #middleware = [];
  static defaultBase = 'http://localhost';

  use(fn) {
    this.#middleware.push(fn);
    return this;
  }

  on(method, path, handler) {
    this.#routes.push({ method, handler, ...compile(path) });
    return this;
  }

  /** Finds and runs the handler for a request. */
  async handle(req, res) {
    const url = new URL(req.url, Router.defaultBase);
    const allowed = new Set();

    try {
      for (const middleware of this.#middleware) {
        const result = await middleware(req, res);
        if (result === false || res.writableEnded) {
          return; // the middleware has answered already
        }
      }

      for (const route of this.#routes) {
        const match = route.regex.exec(url.pathname);
        if (!match) continue;
        if (route.method !== req.method) {
          allowed.add(route.method);
          continue;
        }

        const params = Object.fromEntries(
          route.names.map((name, i) => [name, decodeURIComponent(match[i + 1])]),
        );
        let body = route.handler({ req, res, params, query: url.searchParams });
        if (isPromise(body)) {
          body = await body;
        }
        switch (typeof body) {
          case 'undefined':
            if (!res.writableEnded) res.writeHead(204).end();
            break;
          case 'string':
            res.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(body);
            break;
          default:
            res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
        }
        return;
      }
      throw new HttpError(allowed.size > 0 ? 405 : 404);
    } catch (cause) {
      // Anything unknown becomes a 500 — details never leave the process.
      const error = cause instanceof HttpError ? cause : new HttpError(500);
      if (allowed.size > 0) res.setHeader('allow', [...allowed].join(', '));
      res.writeHead(error.status, { 'content-type': 'application/json' });
      res.end(JSON.stringify(error));
    }
  }
}

for (const method of METHODS) {
  Router.prototype[method.toLowerCase()] = function (path, handler = noop) {
    return this.on(method, path, handler);
  };
}

module.exports = { Router, HttpError, compile };
