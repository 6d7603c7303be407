/*
 * Ordering of build targets by their dependencies.
 */
package build.graph

import scala.annotation.tailrec
import scala.collection.immutable.{Queue, SortedMap}
import scala.collection.mutable

/** Anything that can be ordered by the graph. */
trait Target:
  def name: String
  def needs: Set[String] = Set.empty

  final def isLeaf: Boolean = needs.isEmpty

/** How a target is produced. */
enum Recipe(val cost: Int):
  case Compile extends Recipe(10)
  case Link extends Recipe(5)
  case Copy(from: String) extends Recipe(1)

  def describe: String = this match
    case Copy(from) => s"copy {$from}"
    case other      => other.toString.toLowerCase

final case class Rule(name: String, recipe: Recipe, override val needs: Set[String] = Set.empty) extends Target

enum GraphError derives CanEqual:
  case Cycle(path: List[String])
  case Missing(name: String, neededBy: String)

type Order[T] = Either[GraphError, Vector[T]]

val Arrow = " → "

given Ordering[Rule] = Ordering.by(_.name)

extension (error: GraphError)
  def message: String = error match
    case GraphError.Cycle(path)         => path.mkString("cycle: ", Arrow, "")
    case GraphError.Missing(name, user) => s"$user needs $name, which does not exist"

extension [A, B](either: Either[A, B])
  def tapLeft(f: A => Unit): Either[A, B] =
    either.left.foreach(f)
    either

object TopologicalSort:
  private enum Mark:
    case Open, Done

  val usage =
    """|usage: order [--cost] FILE
       |  prints one target per line, {leaves} first
       |""".stripMargin

  def leaves[T <: Target](targets: Iterable[T]): Queue[T] = Queue.from(targets.filter(_.isLeaf))

  def totalCost(rules: Iterable[Rule]): Int = rules.map(_.recipe.cost).sum

  inline def byName[T <: Target](targets: Iterable[T]): SortedMap[String, T] =
    SortedMap.from(targets.map(t => t.name -> t))

  /** Sorts so that every target comes after everything it needs. */
  def sort[T <: Target](targets: Iterable[T]): Order[T] =
    val index = byName(targets)
    val marks = mutable.Map.empty[String, Mark]
    val out = Vector.newBuilder[T]

    def visit(name: String, path: List[String]): Option[GraphError] =
      marks.get(name) match
        case Some(Mark.Done) => None
        case Some(Mark.Open) =>
          val cycle = name :: path.takeWhile(_ != name) ::: List(name)
          Some(GraphError.Cycle(cycle.reverse))
        case None =>
          index.get(name) match
            case None => Some(GraphError.Missing(name, path.headOption.getOrElse("nobody")))
            case Some(target) =>
              marks(name) = Mark.Open
              var failure: Option[GraphError] = None
              val pending = target.needs.toList.sorted.iterator
              while failure.isEmpty && pending.hasNext do
                failure = visit(pending.next(), name :: path)
              // Only finished targets go out, so a failure leaves no trace.
              if failure.isEmpty then
                marks(name) = Mark.Done
                out += target
              end if
              failure
    end visit

    @tailrec
    def loop(names: List[String]): Order[T] = names match
      case Nil => Right(out.result())
      case head :: tail =>
        visit(head, Nil) match
          case Some(error) => Left(error)
          case None        => loop(tail)

    loop(index.keys.toList)
  end sort
end TopologicalSort

@main def order(names: String*): Unit =
  val rules = for name <- names yield Rule(name, Recipe.Compile)
  TopologicalSort.sort(rules).tapLeft(e => Console.err.println(e.message)) match
    case Right(sorted) => sorted.foreach(rule => println(s"${rule.name}: ${rule.recipe.describe}"))
    case Left(_)       => sys.exit(1)
