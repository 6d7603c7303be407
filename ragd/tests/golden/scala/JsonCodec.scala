// JSON encoding by type class, with a small printer and its tests.
package json

import munit.FunSuite

sealed trait Json
object Json:
  case object Null extends Json
  final case class Bool(value: Boolean) extends Json
  final case class Num(value: BigDecimal) extends Json
  final case class Str(value: String) extends Json
  final case class Arr(items: Vector[Json]) extends Json
  final case class Obj(fields: Vector[(String, Json)]) extends Json

  def obj(fields: (String, Json)*): Json = Obj(fields.toVector)
  def arr(items: Json*): Json = Arr(items.toVector)

/** Turns values of type `A` into JSON. */
trait Encoder[-A]:
  def encode(value: A): Json

  def contramap[B](f: B => A): Encoder[B] = value => encode(f(value))

object Encoder:
  def apply[A](using encoder: Encoder[A]): Encoder[A] = encoder

  given Encoder[Boolean] = Json.Bool(_)
  given Encoder[Int] = n => Json.Num(BigDecimal(n))
  given Encoder[String] = Json.Str(_)

  given [A](using inner: Encoder[A]): Encoder[Option[A]] with
    def encode(value: Option[A]): Json = value.fold(Json.Null)(inner.encode)

  given [A: Encoder]: Encoder[Seq[A]] with
    def encode(value: Seq[A]): Json = Json.Arr(value.map(Encoder[A].encode).toVector)

extension [A: Encoder](value: A) def toJson: Json = Encoder[A].encode(value)

object Indent:
  opaque type Indent = Int

  val None: Indent = 0
  def spaces(n: Int): Indent = n.max(0)

  extension (self: Indent) def width: Int = self

class Printer(indent: Indent.Indent = Indent.None, sortKeys: Boolean = false):
  private val out = StringBuilder()

  private def escape(c: Char): String = c match
    case '"'           => "\\\""
    case '\\'          => "\\\\"
    case '\n'          => "\\n"
    case c if c < ' '  => f"\\u${c.toInt}%04x"
    case c             => c.toString

  private def quote(text: String): Unit =
    out += '"'
    text.foreach(c => out ++= escape(c))
    out += '"'

  /** Prints a value; nested values are indented if so configured. */
  def print(json: Json): String =
    def newline(depth: Int): Unit =
      if indent.width > 0 then
        out += '\n'
        out ++= " " * (indent.width * depth)

    def write(json: Json, depth: Int): Unit = json match
      case Json.Null        => out ++= "null"
      case Json.Bool(value) => out ++= value.toString
      case Json.Num(value)  => out ++= value.bigDecimal.toPlainString
      case Json.Str(value)  => quote(value)
      case Json.Arr(items) if items.isEmpty => out ++= "[]"
      case Json.Arr(items) =>
        out += '['
        for (item, i) <- items.zipWithIndex do
          if i > 0 then out += ','
          newline(depth + 1)
          write(item, depth + 1)
        newline(depth)
        out += ']'
      case Json.Obj(fields) =>
        // Sorting makes the output comparable in version control.
        val ordered = if sortKeys then fields.sortBy(_._1) else fields
        out += '{'
        var first = true
        for (key, value) <- ordered do
          if !first then out += ','
          first = false
          newline(depth + 1)
          quote(key)
          out += ':'
          write(value, depth + 1)
        if ordered.nonEmpty then newline(depth)
        out += '}'

    out.clear()
    try
      write(json, 0)
      out.toString
    catch
      case _: StackOverflowError => throw IllegalArgumentException("value is nested too deeply")
  end print
end Printer

class JsonSuite extends FunSuite:
  test("prints nested objects") {
    val json = Json.obj("name" -> "Żółw".toJson, "tags" -> Seq("a", "}").toJson)
    assertEquals(Printer().print(json), """{"name":"Żółw","tags":["a","}"]}""")
  }

  test("encodes missing values as null") {
    assertEquals(Option.empty[Int].toJson, Json.Null)
  }
