package com.example.calc;

import static java.util.Map.entry;

import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleBinaryOperator;

/** Arithmetic expressions as a sealed hierarchy. */
public sealed interface Expression permits Expression.Num, Expression.Var, Expression.Binary, Expression.Neg {

    record Num(double value) implements Expression {}

    record Var(String name) implements Expression {}

    record Neg(Expression inner) implements Expression {}

    record Binary(Op op, Expression left, Expression right) implements Expression {}

    /** Binary operators with their symbol and meaning. */
    enum Op {
        ADD('+', (a, b) -> a + b),
        SUB('-', (a, b) -> a - b),
        MUL('×', (a, b) -> a * b),
        DIV('/', (a, b) -> a / b);

        private final char symbol;
        private final DoubleBinaryOperator function;

        Op(char symbol, DoubleBinaryOperator function) {
            this.symbol = symbol;
            this.function = function;
        }

        public char symbol() { return symbol; }

        public double apply(double a, double b) { return function.applyAsDouble(a, b); }

        public boolean commutes() { return this == ADD || this == MUL; }
    }

    Map<String, Double> CONSTANTS = Map.ofEntries(entry("pi", Math.PI), entry("e", Math.E));

    String GRAMMAR = """
            expr   := term { ("+" | "-") term }
            term   := factor { ("×" | "/") factor }
            factor := number | name | "(" expr ")"
            """;

    static Num num(double value) {
        return new Num(value);
    }

    static Expression add(Expression left, Expression right) {
        return new Binary(Op.ADD, left, right);
    }

    default Optional<Double> tryEvaluate(Map<String, Double> scope) {
        try {
            return Optional.of(evaluate(scope));
        } catch (ArithmeticException | IllegalStateException e) {
            return Optional.empty();
        }
    }

    default double evaluate(Map<String, Double> scope) {
        return switch (this) {
            case Num(double value) -> value;
            case Neg(Expression inner) -> -inner.evaluate(scope);
            case Binary(Op op, Expression left, Expression right) ->
                    op.apply(left.evaluate(scope), right.evaluate(scope));
            case Var(String name) -> {
                Double value = scope.getOrDefault(name, CONSTANTS.get(name));
                if (value == null) {
                    throw new IllegalStateException("unbound variable {" + name + "}");
                }
                yield value;
            }
        };
    }

    /** Removes operations that do not change the result. */
    default Expression simplify() {
        if (this instanceof Neg(Neg(Expression inner))) {
            return inner.simplify();
        }
        if (!(this instanceof Binary binary)) {
            return this;
        }

        Expression left = binary.left().simplify();
        Expression right = binary.right().simplify();
        if (left instanceof Num a && right instanceof Num b) {
            if (binary.op() == Op.DIV && b.value() == 0) {
                // Keep the division so that evaluation reports it.
                return new Binary(Op.DIV, a, b);
            }
            return new Num(binary.op().apply(a.value(), b.value()));
        }

        switch (binary.op()) {
            case ADD -> {
                if (left.equals(num(0))) {
                    return right;
                }
                if (right.equals(num(0))) {
                    return left;
                }
            }
            case MUL -> {
                for (Expression side : new Expression[] {left, right}) {
                    if (side.equals(num(0))) {
                        return num(0);
                    }
                }
            }
            default -> {
                // Nothing known about the others yet.
            }
        }
        return new Binary(binary.op(), left, right);
    }
}
