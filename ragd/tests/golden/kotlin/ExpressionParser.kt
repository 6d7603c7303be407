/*
 * Recursive descent parser for spreadsheet formulas.
 */
@file:JvmName("Formulas")

package com.example.sheet

import kotlin.math.pow

/** A formula as a tree. */
sealed interface Expr {
    data class Number(val value: Double) : Expr
    data class Cell(val column: Char, val row: Int) : Expr
    data class Call(val name: String, val args: List<Expr>) : Expr
    data class Binary(val op: Op, val left: Expr, val right: Expr) : Expr
}

enum class Op(val symbol: Char, val precedence: Int) {
    ADD('+', 1) {
        override fun apply(a: Double, b: Double) = a + b
    },
    SUB('-', 1) {
        override fun apply(a: Double, b: Double) = a - b
    },
    MUL('*', 2) {
        override fun apply(a: Double, b: Double) = a * b
    },
    POW('^', 3) {
        override fun apply(a: Double, b: Double) = a.pow(b)
    };

    abstract fun apply(a: Double, b: Double): Double

    companion object {
        private val bySymbol = entries.associateBy(Op::symbol)

        fun of(symbol: Char): Op? = bySymbol[symbol]
    }
}

class FormulaException(message: String, val position: Int) : Exception("$message at $position")

const val MAX_ARGUMENTS = 16

private fun Char.isNameStart() = isLetter() || this == '_'
private fun Char.isNamePart() = isLetterOrDigit() || this == '_'
private val Expr.isLeaf get() = this is Expr.Number || this is Expr.Cell

class ExpressionParser(private val text: String) {
    private var pos = 0

    private val current: Char?
        get() = text.getOrNull(pos)

    fun parse(): Expr {
        val expr = expression(0)
        if (current != null) fail("unexpected '$current'")
        return expr
    }

    private fun fail(message: String): Nothing = throw FormulaException(message, pos)

    private fun skipSpace() {
        while (current?.isWhitespace() == true) pos++
    }

    private inline fun takeWhile(accept: (Char) -> Boolean): String {
        val start = pos
        while (pos < text.length && accept(text[pos])) pos++
        return text.substring(start, pos)
    }

    private fun expression(minimum: Int): Expr {
        var left = primary()
        while (true) {
            val op = current?.let(Op::of)?.takeIf { it.precedence > minimum } ?: return left
            pos++
            left = Expr.Binary(op, left, expression(op.precedence))
        }
    }

    /** Parses a number, a cell such as B12, a call or a group in parentheses. */
    private fun primary(): Expr {
        skipSpace()
        val c = current ?: fail("formula ends too early")
        val result = when {
            c.isDigit() -> {
                val digits = takeWhile { it.isDigit() || it == '.' }
                Expr.Number(digits.toDoubleOrNull() ?: fail("bad number {$digits}"))
            }
            c == '(' -> {
                pos++
                expression(0).also {
                    if (current != ')') fail("missing )")
                    pos++
                }
            }
            c.isNameStart() -> {
                val name = takeWhile(Char::isNamePart)
                if (current == '(') {
                    val args = mutableListOf<Expr>()
                    do {
                        pos++ // the parenthesis or a separator
                        args += expression(0)
                        if (args.size > MAX_ARGUMENTS) fail("too many arguments for ${name.uppercase()}")
                    } while (current == ';')
                    if (current != ')') fail("missing ) after ${args.size} arguments")
                    pos++
                    Expr.Call(name, args)
                } else {
                    val row = name.drop(1).toIntOrNull()
                    // "Größe" is a name but no cell, "G7" is one.
                    if (row == null) fail("unknown cell $name") else Expr.Cell(name[0], row)
                }
            }
            else -> fail("unexpected '$c'")
        }
        skipSpace()
        return result
    }
}
