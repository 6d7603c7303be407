package com.example.orders

import java.time.Instant
import java.util.UUID
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.coroutines.withContext

@JvmInline
value class OrderId(val raw: UUID) {
    override fun toString(): String = raw.toString().take(8)
}

data class Order(
    val id: OrderId,
    val customer: String,
    val lines: List<Line> = emptyList(),
    val createdAt: Instant = Instant.now(),
) {
    data class Line(val sku: String, val count: Int, val cents: Long)

    val total: Long by lazy { lines.sumOf { it.count * it.cents } }

    operator fun plus(line: Line): Order = copy(lines = lines + line)

    operator fun get(index: Int): Line = lines[index]
}

interface Repository<T : Any, in K> {
    suspend fun find(key: K): T?

    suspend fun save(entity: T)

    fun all(): Flow<T>
}

fun interface Listener {
    fun onChange(order: Order)
}

/** Outcome of a synchronisation with the shop. */
sealed class SyncResult {
    data object UpToDate : SyncResult()
    data class Updated(val count: Int) : SyncResult()
    data class Failed(val reason: Throwable, val after: Int) : SyncResult()
}

typealias Fetch = suspend (page: Int) -> List<Order>

object Sql {
    const val TABLE = "orders"

    val SELECT = """
        select id, customer, payload
        from $TABLE
        where payload <> '{}'
    """.trimIndent()
}

open class OrderRepository(
    private val dispatcher: CoroutineDispatcher = Dispatchers.IO,
) : Repository<Order, OrderId> {
    private val mutex = Mutex()
    private val orders = linkedMapOf<OrderId, Order>()
    private val listeners = mutableListOf<Listener>()

    var lastSync: Instant? = null
        private set

    init {
        check(Sql.SELECT.isNotBlank()) { "no statement" }
    }

    constructor(initial: Iterable<Order>) : this() {
        initial.associateByTo(orders) { it.id }
    }

    override suspend fun find(key: OrderId): Order? = mutex.withLock { orders[key] }

    override suspend fun save(entity: Order) = mutex.withLock { orders[entity.id] = entity }

    override fun all(): Flow<Order> = flow { orders.values.forEach { emit(it) } }

    /** Fetches pages until one is empty or known already. */
    suspend fun sync(maxPages: Int = 100, fetch: Fetch): SyncResult = withContext(dispatcher) {
        var updated = 0
        var failures = 0

        pages@ for (page in 1..maxPages) {
            val batch = try {
                fetch(page)
            } catch (e: java.io.IOException) {
                // The shop is flaky at night; wait a little longer each time.
                if (++failures > 3) return@withContext SyncResult.Failed(e, updated)
                delay(failures * 250L)
                continue@pages
            }

            if (batch.isEmpty()) break
            for (order in batch) {
                when (val known = find(order.id)) {
                    null -> updated++
                    order -> break@pages
                    else -> if (known.createdAt < order.createdAt) updated++ else continue
                }
                save(order)
                listeners.forEach { it.onChange(order) }
            }
        }

        lastSync = Instant.now()
        if (updated == 0) SyncResult.UpToDate else SyncResult.Updated(updated)
    }
}

val Order.label: String get() = "№ $id {${customer.trim()}}"

inline fun <reified T : SyncResult> SyncResult.on(block: (T) -> Unit) = apply { if (this is T) block(this) }
