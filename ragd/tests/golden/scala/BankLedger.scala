package com.example.ledger

import java.time.Instant
import java.util.concurrent.atomic.AtomicReference
import scala.concurrent.{ExecutionContext, Future}
import scala.util.control.NonFatal
import scala.util.{Failure, Success, Try}

/** Amount in cents.
  *
  * Never use doubles for money.
  */
final class Money private (val cents: Long) extends AnyVal with Ordered[Money] {
  def +(other: Money): Money = new Money(cents + other.cents)
  def -(other: Money): Money = new Money(cents - other.cents)
  def unary_- : Money = new Money(-cents)
  def compare(other: Money): Int = cents.compare(other.cents)
  override def toString: String = f"${cents / 100.0}%.2f €"
}

object Money {
  val Zero: Money = new Money(0)

  def apply(cents: Long): Money = new Money(cents)

  def parse(text: String): Option[Money] = text.trim match {
    case s"$whole.$rest" if rest.length == 2 => (whole + rest).toLongOption.map(apply)
    case whole                               => whole.toLongOption.map(n => apply(n * 100))
  }

  implicit class MoneyOps(private val n: Int) extends AnyVal {
    def euros: Money = Money(n * 100L)
  }
}

sealed abstract class Event(val at: Instant)

object Event {
  final case class Opened(account: String, override val at: Instant) extends Event(at)
  final case class Moved(from: String, to: String, amount: Money, override val at: Instant) extends Event(at)
  case object Nothing extends Event(Instant.EPOCH)
}

class LedgerException(message: String, cause: Throwable = null) extends RuntimeException(message, cause) {
  def this(account: String, missing: Money) = this(s"{$account} lacks $missing")
}

trait Journal[F[_]] {
  type Position

  def append(event: Event): F[Position]
  def size: Int
}

trait Logging { self: Ledger =>
  protected def log(text: => String): Unit = if (verbose) println(s"[$name] $text")
}

class Ledger(val name: String, val verbose: Boolean = false)(implicit ec: ExecutionContext)
    extends Journal[Future]
    with Logging {

  type Position = Int

  private val balances = new AtomicReference(Map.empty[String, Money])
  @volatile private var events = Vector.empty[Event]

  val isOpen: String => Boolean = account => balances.get.contains(account)

  def size: Int = events.size

  def balance(account: String): Money = balances.get.getOrElse(account, Money.Zero)

  /** Applies an event; balances never become negative. */
  def append(event: Event): Future[Position] = Future {
    val attempt = Try {
      event match {
        case Event.Opened(account, _) if isOpen(account) =>
          throw new LedgerException(s"$account exists already")
        case Event.Opened(account, _) =>
          balances.updateAndGet(_ + (account -> Money.Zero))
        case Event.Moved(from, to, amount, _) =>
          for (account <- Seq(from, to)) {
            if (!isOpen(account)) {
              throw new LedgerException(s"$account is not open")
            }
          }
          balances.updateAndGet { all =>
            val rest = all(from) - amount
            // "cash" stands for the outside world and may go below zero.
            if (rest < Money.Zero && from != "cash") {
              throw new LedgerException(from, -rest)
            }
            all + (from -> rest) + (to -> (all(to) + amount))
          }
        case Event.Nothing =>
          log("nothing to do")
      }
    }

    attempt match {
      case Success(_) =>
        synchronized { events :+= event }
        log(s"event ${events.size} stored")
        events.size - 1
      case Failure(e: LedgerException) => throw e
      case Failure(NonFatal(e))        => throw new LedgerException("cannot append", e)
      case Failure(fatal)              => throw fatal
    }
  }

  lazy val report: String =
    s"""Ledger "$name"
       |{ ${balances.get.map { case (k, v) => s"$k: $v" }.mkString(", ")} }
       |""".stripMargin
}
