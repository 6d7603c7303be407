package com.example.cache

import java.io.Closeable
import java.io.File
import java.io.IOException
import java.security.MessageDigest
import kotlin.properties.Delegates
import kotlin.test.AfterTest
import kotlin.test.Test
import kotlin.test.assertContentEquals

private const val SUFFIX = ".entry"
private const val TEMP_SUFFIX = ".tmp"

internal fun sha1(text: String): String =
    MessageDigest.getInstance("SHA-1").digest(text.toByteArray()).joinToString("") { "%02x".format(it) }

private infix fun File.child(name: String): File = File(this, name)

private val byAge = compareBy<File> { it.lastModified() }.thenBy { it.name }

/**
 * File based cache that removes the least recently used entries.
 *
 * @property directory where the files are kept
 */
class LruDiskCache(val directory: File, maxBytes: Long) : Closeable {

    /** Counters since the cache was opened. */
    class Stats {
        var hits = 0
            internal set
        var misses = 0
            internal set

        val ratio: Double
            get() = if (hits + misses == 0) 0.0 else hits.toDouble() / (hits + misses)

        override fun toString() = "Stats{hits=$hits, misses=$misses}"
    }

    inner class Editor internal constructor(private val target: File) {
        private val temp = directory child (target.name + TEMP_SUFFIX)

        fun write(bytes: ByteArray) = temp.writeBytes(bytes)

        fun commit(): Boolean = temp.renameTo(target).also { if (it) trim() }

        fun abort() { temp.delete() }
    }

    val stats = Stats()

    var maxBytes: Long by Delegates.observable(maxBytes) { _, old, new ->
        if (new < old) trim()
    }

    operator fun get(key: String): ByteArray? {
        val file = fileFor(key)
        if (!file.exists()) {
            stats.misses++
            return null
        }
        stats.hits++
        file.setLastModified(System.currentTimeMillis())
        return file.readBytes()
    }

    operator fun set(key: String, value: ByteArray) {
        Editor(fileFor(key)).run {
            write(value)
            if (!commit()) abort()
        }
    }

    operator fun contains(key: String) = fileFor(key).exists()

    private fun fileFor(key: String) = directory child (sha1(key) + SUFFIX)

    /** Deletes old entries until the cache fits; returns the number of bytes freed. */
    @Synchronized
    @Throws(IOException::class)
    fun trim(): Long {
        val files = directory.listFiles() ?: throw IOException("cannot list {$directory}")
        var size = 0L
        val entries = mutableListOf<File>()

        for (file in files) {
            when {
                file.isDirectory -> continue
                file.name.endsWith(TEMP_SUFFIX) -> {
                    // Left behind by a crash — nobody will finish it.
                    if (System.currentTimeMillis() - file.lastModified() > 60_000) file.delete()
                }
                file.name.endsWith(SUFFIX) -> {
                    size += file.length()
                    entries += file
                }
            }
        }

        var freed = 0L
        for (file in entries.sortedWith(byAge)) {
            if (size - freed <= maxBytes) break
            val length = file.length()
            try {
                if (file.delete()) freed += length
            } catch (e: SecurityException) {
                throw IOException("not allowed to delete ${file.name}", e)
            }
        }
        return freed
    }

    override fun close() = Unit
}

class LruDiskCacheTest {
    private val directory = File.createTempFile("cache", "").apply { delete(); mkdirs() }

    @AfterTest fun removeFiles() { directory.deleteRecursively() }

    @Test
    fun `evicts the oldest entry first`() = LruDiskCache(directory, 4).use { cache ->
        cache["a"] = byteArrayOf(1, 2, 3)
        cache["b"] = byteArrayOf(4, 5, 6)
        assertContentEquals(byteArrayOf(4, 5, 6), cache["b"])
    }
}
