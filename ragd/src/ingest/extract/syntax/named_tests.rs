//! Which names programs give, and by which means.

use super::*;
use crate::project::Outline;

/// Compares the kinds and paths of all items of a text.
fn named(language: &str, text: &str, expected: &[&str]) {
    let found = outline(language, text).unwrap().items.into_iter();
    let found = found.map(|item| format!("{} {}", item.symbol.kind.word(), item.symbol.path));
    assert_eq!(found.collect::<Vec<_>>(), expected, "{language}");
}

/// Names that JavaScript gives by an equals sign.
#[test]
fn scripts_give_names_to_functions() {
    for language in ["javascript", "typescript", "tsx"] {
        named(
            language,
            "module.exports.foo = function (a) {};\nexports.bar = (a) => 1;\nvar old = function () {\n  this.go = () => {};\n  el.onclick = () => {};\n};\nFoo.prototype.baz = function () {};\nmodule.exports = { a() {}, b: function () {}, 'c': () => 1, d: 2 };\nmodule.exports = function own() {};\n",
            &[
                "function exports.foo",
                "function exports.bar",
                "function old",
                "function old.go",
                "method Foo.baz",
                "object exports",
                "method exports.a",
                "method exports.b",
                "method exports.c",
                "function own",
            ],
        );
        named(
            language,
            "const api = { get() {}, users: { list: async () => {} } };\nconst data = { a: 1, b: { c: [] } };\nclass A { run = () => {}; static s = async () => 1; x = 1; }\nexport const m = memo(() => {});\nconst n = connect(s)(function () {});\nconst no = list.map((a) => a);\nexport default function () {}\ndescribe('x', () => {});\n",
            &[
                "object api",
                "method api.get",
                "object api.users",
                "method api.users.list",
                "class A",
                "method A.run",
                "method A.s",
                "function m",
                "function n",
                "function default",
            ],
        );
        named(
            language,
            "export default { methods: { go() {} } };\n",
            &[
                "object default",
                "object default.methods",
                "method default.methods.go",
            ],
        );
    }
    named(
        "typescript",
        "interface Seal { a: string; swim(x: number): void }\nabstract class W { abstract dive(): void; private go = () => 1; over(a: string): void; over(a: any) {} }\ndeclare function f(): void;\ndeclare module \"x\" { export function y(): void; }\n",
        &[
            "interface Seal",
            "method Seal.swim",
            "class W",
            "method W.dive",
            "method W.go",
            "method W.over",
            "method W.over",
            "function f",
            "module \"x\"",
            "function \"x\".y",
        ],
    );
}

#[test]
fn lua_gives_names_to_functions() {
    named(
        "lua",
        "M.h = function(a)\n  self.x = function() end\nend\nlocal f = function() end\nlocal T = { a = function() end, b = 1, [\"c\"] = function() end }\nlocal C = setmetatable({ n = function() end }, {})\nlocal d = { 1, 2 }\nreturn { x = function() end }\n",
        &[
            "function M.h",
            "function M.h.x",
            "function f",
            "object T",
            "method T.a",
            "method T.c",
            "object C",
            "method C.n",
            "function x",
        ],
    );
}

#[test]
fn c_has_macros_that_define_and_macros_before_names() {
    let text = "#define each(pos, head) \\\n\tfor (pos = head; pos; pos++)\n#define NAME 3\n\n/* Doc. */\nSYSCALL_DEFINE2(swim, struct sea __user *, sea, int, far)\n{\n\treturn 0;\n}\nstatic DEFINE_PER_CPU(int, fish);\n/* Deep. */\nstatic noinline __init int dive(void)\n{\n\treturn 1;\n}\n#define ONE(a) ((a) + 1)\nint old(a, b)\n\tint a;\n\tchar *b;\n{\n\treturn 1;\n}\nEXPORT_SYMBOL(old);\nSYSCALL_DEFINE0(fork)\n{\n\tEACH(a) {\n\t}\n\treturn 0;\n}\n";
    let mut expected = vec![
        "macro each",
        "function swim",
        "function dive",
        "macro ONE",
        "function old",
        "function fork",
    ];
    named("c", text, &expected);
    // It has no such parameters.
    expected.retain(|name| *name != "function old");
    named("cpp", text, &expected);
    let items = outline("c", text).unwrap().items;
    let shown = |at: usize| {
        let symbol = &items[at].symbol;
        (
            symbol.line_start,
            symbol.line_end,
            symbol.signature.as_str(),
        )
    };
    assert_eq!(shown(0), (1, 2, "#define each(pos, head)"));
    let swim = "SYSCALL_DEFINE2(swim, struct sea __user *, sea, int, far)";
    assert_eq!(shown(1), (6, 9, swim));
    assert!(text[items[1].range.clone()].starts_with("/* Doc. */"));
    let dive = "static noinline __init int dive(void)";
    assert_eq!(shown(2), (12, 15, dive));
    assert!(text[items[2].range.clone()].starts_with("/* Deep. */\nstatic"));
    assert_eq!(shown(3), (16, 16, "#define ONE(a)"));
}

#[test]
fn cpp_names_what_is_of_a_class() {
    named(
        "cpp",
        "W::W() : a(1) {}\nW::~W() {}\nbool W::operator==(const W& o) const { return 1; }\nW::operator bool() const { return 1; }\ntemplate <typename T> void Box<T>::put(T a) {}\nusing Id = int;\ntemplate <class T> using Vec = std::vector<T>;\nTEST_F(Sea, Swims) {}\nclass API Foo : public Bar { void h() {} };\n",
        &[
            "function W::W",
            "function W::~W",
            "function W::operator==",
            "function W::operator bool",
            "function Box::put",
            "type Id",
            "type Vec",
            "test Sea.Swims",
            "class Foo",
            "method Foo::h",
        ],
    );
}

#[test]
fn items_behind_a_broken_line_are_found() {
    let after = |language: &str, text: &str, name: &str| {
        let items = outline(language, text).unwrap().items;
        let mut names = items.iter().map(|item| item.symbol.path.as_str());
        assert!(names.any(|of| of.ends_with(name)), "{language}: {items:?}");
    };
    // Here all of it becomes the body of nothing.
    after(
        "cpp",
        "void broken( {\nint after(int a) { return 1; }\nTEST_F(FooTest, DoesBar) {\n}\nauto lam = [](int a) { return a; };\nAPI void exported(int a) {}\nclass API Foo : public Bar { void h() {} };\ninline namespace v1 { void i() {} }\nextern \"C\" { void j(void) {} }\n",
        "after",
    );
    after(
        "cpp",
        "void broken( {\nint after(int a) { return 1; }\n",
        "after",
    );
    after(
        "c",
        "int a = {;\n}}\nint after(int a) { return 1; }\n",
        "after",
    );
    after(
        "python",
        "x = (1,\n\ndef after(a):\n    return 1\n",
        "after",
    );
    after(
        "python",
        "class A(\n    pass\n\nclass B:\n    def after(self):\n        pass\n",
        "after",
    );
    after("rust", "fn broken( {\nfn after() {}\n", "after");
    after(
        "java",
        "class A { void b( { }\n void after() {}\n}\n",
        "after",
    );
    after("javascript", "const a = {;\nfunction after() {}\n", "after");
    after(
        "go",
        "package a\nfunc broken( {\n}\nfunc after() {}\n",
        "after",
    );
}

#[test]
fn python_has_items_in_conditions() {
    named(
        "python",
        "try:\n    import json\n    def a(): pass\nexcept ImportError:\n    def b(): pass\nelse:\n    class C: pass\nfinally:\n    def d(): pass\nwith x as y:\n    def e(): pass\nif A:\n    def f(): pass\nelif B:\n    def g(): pass\nelse:\n    async def h(): pass\n",
        &[
            "function a",
            "function b",
            "class C",
            "function d",
            "function e",
            "function f",
            "function g",
            "function h",
        ],
    );
}

/// The namespace of a file is part of each path, and no item.
#[test]
fn namespaces_of_a_file_are_in_paths() {
    named(
        "csharp",
        "using A;\nnamespace Sea.Deep;\npublic record P(int A);\npublic class W {\n  public static W operator +(W a, W b) => a;\n  public static implicit operator int(W w) => 1;\n  public event EventHandler F;\n  public int this[int i] { get { return 1; } }\n  int x = 1;\n  ~W() {}\n  void M() { int Local(int a) { return a; } Local(1); }\n#if DEBUG\n  void Dbg() {}\n#endif\n}\n",
        &[
            "class Sea.Deep.P",
            "class Sea.Deep.W",
            "method Sea.Deep.W.operator +",
            "method Sea.Deep.W.operator int",
            "property Sea.Deep.W.this",
            "method Sea.Deep.W.~W",
            "method Sea.Deep.W.M",
            "function Sea.Deep.W.M.Local",
            "method Sea.Deep.W.Dbg",
        ],
    );
    named(
        "php",
        "<?php\nnamespace App\\Sea;\ntrait T { public function t() {} }\nenum Suit: string { case A = 'a'; public function label() {} }\nif (!function_exists('g')) { function g() {} }\nnamespace Other;\nfunction f() {}\nreturn new class { function up() {} };\n",
        &[
            "trait App\\Sea::T",
            "method App\\Sea::T::t",
            "enum App\\Sea::Suit",
            "method App\\Sea::Suit::label",
            "function App\\Sea::g",
            "function Other::f",
            "method Other::up",
        ],
    );
    let found = outline("csharp", "using A;\nnamespace Sea.Deep;\nclass W {}\n").unwrap();
    let defines = Outline::from(found.links).defines.into_iter();
    let defines: Vec<_> = defines.map(|item| (item.path, item.line)).collect();
    let expected = [("Sea.Deep".to_owned(), 2), ("Sea.Deep.W".to_owned(), 3)];
    assert_eq!(defines, expected);
    named(
        "php",
        "<?php\nnamespace A { class C {} }\nnamespace { function d() {} }\n",
        &["class A::C", "function d"],
    );
}

#[test]
fn rust_and_go_name_what_is_no_function() {
    named(
        "rust",
        "const A: u8 = 1;\npub static B: &str = \"x\";\ntype C<T> = Vec<T>;\nimpl<T> Foo<T> for Bar<T> {\n    const X: u8 = 1;\n    type Item = u8;\n    fn f() {\n        const IN: u8 = 1;\n    }\n}\nmod deep {\n    const D: u8 = 1;\n}\n",
        &[
            "constant A",
            "constant B",
            "type C",
            "impl Bar",
            "method Bar::f",
            "module deep",
            "constant deep::D",
        ],
    );
    named(
        "go",
        "package a\ntype A = B\ntype Set[K, V any] struct { x K }\nfunc (s *Set[K, V]) Add(a K) {}\nfunc (Set[K, V]) Del() {}\nfunc Map[T any](a []T) {}\ntype I interface { Foo(a int) error }\nconst ( X = 1; Y )\n",
        &[
            "type A",
            "struct Set",
            "method Set.Add",
            "method Set.Del",
            "function Map",
            "interface I",
            "method I.Foo",
        ],
    );
}

#[test]
fn java_and_kotlin_name_what_is_short() {
    named(
        "java",
        "public @interface Ann { String value() default \"\"; }\nrecord P(int a) { P { } static P of() { return null; } }\nenum E { A { void f() {} }, B; void g() {} }\n",
        &[
            "interface Ann",
            "method Ann.value",
            "class P",
            "method P.P",
            "method P.of",
            "enum E",
            "method E.g",
        ],
    );
    named(
        "kotlin",
        "class A\nfun a() = b()\nfun String.ext(x: Int): Int = 1\nfun <T> List<T>.second(): T = this[1]\ntypealias Handler = (Int) -> Unit\nval top = 1\ninterface I {\n    fun f()\n}\nenum class E(val x: Int) {\n    A(1) {\n        override fun z() = 1\n    };\n\n    fun q() = 1\n}\nsealed class S {\n    data class T(val a: Int) : S()\n    constructor(a: Int) : this() { }\n}\nfun interface Call { fun call() }\n",
        &[
            "class A",
            "function a",
            "function String.ext",
            "function List.second",
            "type Handler",
            "interface I",
            "method I.f",
            "enum E",
            "method E.q",
            "class S",
            "class S.T",
            "method S.constructor",
            "interface Call",
            "method Call.call",
        ],
    );
}

#[test]
fn scala_and_swift_name_what_they_give_later() {
    named(
        "scala",
        "object Sea:\n  case class Fish(a: Int)\n  type Id = Int\n  given ord: Ordering[Fish] with\n    def compare(a: Fish, b: Fish): Int = 1\n  given Show[Int] = new Show {}\n  def run(): Int =\n    1\n  extension (s: String)\n    def shout: String = s\n    def low = s\nenum Color:\n  case Red, Blue\n  def f = 1\n",
        &[
            "object Sea",
            "class Sea.Fish",
            "type Sea.Id",
            "object Sea.ord",
            "method Sea.ord.compare",
            "object Sea.given Show[Int]",
            "method Sea.run",
            "method Sea.shout",
            "method Sea.low",
            "enum Color",
            "method Color.f",
        ],
    );
    named(
        "swift",
        "extension Walrus: Seal {\n    static func == (l: W, r: W) -> Bool { true }\n}\nactor Act {\n    func b() {}\n}\nstruct S {\n    subscript(i: Int) -> Int { 1 }\n    var c: Int { 2 }\n    deinit {}\n}\ntypealias Handler = (Int) -> Void\n",
        &[
            "impl Walrus",
            "method Walrus.==",
            "class Act",
            "method Act.b",
            "struct S",
            "method S.subscript",
            "method S.deinit",
            "type Handler",
        ],
    );
}

#[test]
fn ruby_and_shell_define_by_words() {
    named(
        "ruby",
        "class Foo < Bar\n  define_method(:x) { |a| 1 }\n  define_method(name) { |a| 1 }\n  class << self\n    def z; end\n  end\n  private def w; end\n  attr_reader :q\n  Point = Struct.new(:a) do\n    def dist; end\n  end\n  if X\n    def cond; end\n  end\n  LIMIT = 3\nend\nit 'swims' do\nend\n",
        &[
            "class Foo",
            "method Foo::x",
            "method Foo::z",
            "method Foo::w",
            "class Foo::Point",
            "method Foo::Point::dist",
            "method Foo::cond",
        ],
    );
    named(
        "shell",
        "function name { a; }\nif x; then\n  other() { d; }\nfi\n",
        &["function name", "function other"],
    );
    // What is around them is no part of what declares them.
    let signatures = |language: &str, text: &str| {
        let items = outline(language, text).unwrap().items.into_iter();
        let signatures: Vec<_> = items.map(|item| item.symbol.signature).collect();
        signatures.join(", ")
    };
    let text = "if x; then\n  a() { b; }\nelse\n  c() { d; }\nfi\n";
    assert_eq!(signatures("shell", text), "a(), c()");
    let text = "if X\n  def a\n    1\n  end\nelse\n  def c\n    2\n  end\nend\n";
    assert_eq!(signatures("ruby", text), "def a, def c");
}
