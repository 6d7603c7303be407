package org.example.durations

typealias Millis = Long

class Clock
fun now(): Millis = System.currentTimeMillis()

val start = now()

/** Reads `3s` or `5m`. */
fun String.toMillis(): Millis = when {
    endsWith("s") -> dropLast(1).toLong() * 1_000
    endsWith("m") -> dropLast(1).toLong() * 60_000
    else -> toLong()
}

fun <T> List<T>.second(): T = this[1]

fun interface Ticker {
    fun tick(at: Millis)
}

enum class Unit(val millis: Millis) {
    SECOND(1_000) {
        override fun short() = "s"
    },
    MINUTE(60_000);

    open fun short() = name.lowercase()
    fun of(count: Int) = count * millis
}

sealed interface Span {
    data class Fixed(val millis: Millis) : Span
    data object Forever : Span
}

class Timer(private val ticker: Ticker) {
    constructor() : this({})

    fun run(span: Span) = when (span) {
        is Span.Fixed -> ticker.tick(span.millis)
        Span.Forever -> Unit
    }
}
