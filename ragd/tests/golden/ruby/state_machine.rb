# frozen_string_literal: true

# Declarative state machines for plain Ruby objects.
#
#   class Order
#     include StateMachine
#     states :cart, :paid, :shipped
#     event(:pay, from: :cart, to: :paid) { |order| order.total.positive? }
#   end

require "set"
require "forwardable"

module StateMachine
  class Error < StandardError; end

  class InvalidTransition < Error
    attr_reader :event, :state

    def initialize(event, state)
      @event = event
      @state = state
      super("cannot {#{event}} while #{state}")
    end
  end

  Transition = Struct.new(:name, :from, :to, :guard, keyword_init: true) do
    def applies_to?(state)
      from.include?(state)
    end

    def to_s = "#{from.to_a.join("|")} → #{to}"
  end

  module ClassMethods
    def states(*names)
      @states = names.to_set
      names.each do |name|
        define_method(:"#{name}?") { state == name }
      end
    end

    def event(name, from:, to:, &guard)
      transitions[name] = Transition.new(name: name, from: Array(from).to_set, to: to, guard: guard)
      define_method(name) { |**options| fire(name, **options) }
      define_method(:"can_#{name}?") { transition_for(name) ? true : false }
    end

    def transitions
      @transitions ||= {}
    end

    def initial_state
      @states.first
    end
  end

  def self.included(base)
    base.extend(ClassMethods)
  end

  HISTORY_LIMIT = 50

  def state
    @state ||= self.class.initial_state
  end

  def history
    @history ||= []
  end

  # Fires an event, running the hooks around the change.
  def fire(name, force: false, on_error: :raise)
    transition = self.class.transitions.fetch(name)
    attempts = 0

    begin
      attempts += 1
      unless force || transition.applies_to?(state)
        raise InvalidTransition.new(name, state)
      end

      if transition.guard && !force
        allowed = transition.guard.call(self)
        return false unless allowed
      end

      before = state
      before_transition(transition) if respond_to?(:before_transition, true)
      @state = transition.to
      history << [before, @state]
      # Old entries go first; nobody looks further back than this.
      history.shift while history.size > HISTORY_LIMIT
      true
    rescue InvalidTransition => e
      case on_error
      when :raise then raise
      when :ignore then false
      when Proc
        on_error.call(e)
        false
      else
        raise ArgumentError, "unknown strategy: #{on_error.inspect}"
      end
    rescue IOError
      # Hooks may write files; one more attempt is usually enough.
      retry if attempts < 2
      raise
    ensure
      history.freeze if transition.to == :archived
    end
  end

  private

  def transition_for(name)
    candidate = self.class.transitions[name]
    candidate if candidate&.applies_to?(state)
  end
end
