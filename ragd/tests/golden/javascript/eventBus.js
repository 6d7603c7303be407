'use strict';

var util = require('util');

/**
 * Hands events to whoever listens.
 */
function EventBus(options) {
  this.options = options || {};
  this.listeners = {};
  this.count = function () {
    return Object.keys(this.listeners).length;
  };
}

/** Adds a listener; the same one may be added twice. */
EventBus.prototype.on = function (name, listener) {
  (this.listeners[name] = this.listeners[name] || []).push(listener);
  return this;
};

EventBus.prototype.emit = function (name, event) {
  var listeners = this.listeners[name] || [];
  listeners.forEach(function (listener) {
    listener(event);
  });
  return listeners.length > 0;
};

var noop = function () {};

// What tests use in place of a clock.
const clock = {
  now: () => Date.now(),

  after(ms, then) {
    return setTimeout(then, ms);
  },

  cancel: function (timer) {
    clearTimeout(timer);
  },
};

const defaults = { limit: 10, names: ['a', 'b'] };

const once = util.deprecate(function (bus, name, listener) {
  bus.on(name, function wrapped(event) {
    listener(event);
  });
}, 'use on()');

class Recorder {
  events = [];

  // Bound, so that it can be given away.
  record = (event) => {
    this.events.push(event);
  };
}

module.exports = {
  EventBus,
  Recorder,
  clock,
  defaults,
  create(options) {
    return new EventBus(options);
  },
  isBus: function (value) {
    return value instanceof EventBus;
  },
};

module.exports.once = once;
module.exports.silent = function () {
  return { on: noop, emit: noop };
};
