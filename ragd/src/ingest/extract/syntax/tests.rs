use super::*;

/// Shows each item as `line: deep title`.
fn items(language: &str, text: &str) -> Vec<String> {
    let found = outline(language, text).unwrap().headings.into_iter();
    let found = found.map(|heading| {
        let line = text[..heading.at].matches('\n').count() + 1;
        let deep = "  ".repeat(heading.level - 1);
        format!("{line}: {deep}{}", heading.title)
    });
    found.collect()
}

fn check(language: &str, text: &str, expected: &[&str]) {
    assert_eq!(items(language, text), expected, "{language}");
}

#[test]
fn rust() {
    check(
        "rust",
        "//! File.\n\nuse std::fmt;\n\n/// Doc\n/// of it.\n#[derive(Debug)]\npub struct Walrus {\n    teeth: u8,\n}\n\nimpl fmt::Display for Walrus {\n    // Before.\n    fn fmt(&self) {}\n\n    fn swim(&self) {} // behind\n}\n\nconst A: u8 = 1;\n\nmod inner {\n    pub fn run() {}\n}\n",
        &[
            "5: Walrus",
            "12: fmt::Display for Walrus",
            "13:   fmt",
            "16:   swim",
            "19: A",
            "21: inner",
            "22:   run",
        ],
    );
}

#[test]
fn python() {
    check(
        "python",
        "import os\n\n# Before.\n@cached\n@other(1)\nclass Walrus(Seal):\n    \"\"\"Doc.\"\"\"\n\n    teeth = 2\n\n    @property\n    def swim(self):\n        return 1\n\n    async def dive(self):\n        pass\n\nX = 1\n\ndef run():\n    def inner():\n        pass\n",
        &[
            "3: Walrus",
            "11:   swim",
            "15:   dive",
            "18: ",
            "20: run",
            "21:   inner",
        ],
    );
}

#[test]
fn scripts() {
    let text = "import a from 'a';\n\n/** Doc. */\nexport default class Walrus {\n  /* in */\n  swim() {}\n}\n\nexport const dive = async (a) => {\n  return a;\n};\nconst x = 1;\nfunction* run() {}\n";
    let expected = ["3: Walrus", "5:   swim", "9: dive", "12: ", "13: run"];
    for language in ["javascript", "typescript", "tsx"] {
        check(language, text, &expected);
    }
    check(
        "typescript",
        "export interface Seal {\n  a: string;\n}\n@decorated()\nexport abstract class Walrus {\n  swim(): void {}\n}\nenum Fish { A }\ntype B = Seal;\nnamespace N {\n  export function f() {}\n}\n",
        &[
            "1: Seal",
            "4: Walrus",
            "6:   swim",
            "8: Fish",
            "9: B",
            "10: N",
            "11:   f",
        ],
    );
}

#[test]
fn go() {
    check(
        "go",
        "package main\n\n// Walrus swims.\ntype Walrus struct {\n\tteeth int\n}\n\ntype (\n\tA int\n\tB int\n)\n\n// Swim does.\nfunc (w *Walrus) Swim() error {\n\treturn nil\n}\n\nvar x = 1\n\nfunc main() {}\n",
        &[
            "3: Walrus",
            "8: ",
            "8: A",
            "10: B",
            "13: Walrus.Swim",
            "18: ",
            "20: main",
        ],
    );
}

#[test]
fn java() {
    check(
        "java",
        "package a;\n\nimport b;\n\n/** Doc. */\n@Entity\npublic class Walrus extends Seal {\n    int teeth;\n\n    public Walrus() {}\n\n    /** Doc. */\n    @Override\n    void swim() {}\n\n    enum Fish { A, B }\n}\n\ninterface Diver {\n    void dive();\n}\n",
        &[
            "5: Walrus",
            "10:   Walrus",
            "12:   swim",
            "16:   Fish",
            "19: Diver",
            "20:   dive",
        ],
    );
}

#[test]
fn c_and_cpp() {
    let text = "#include <a.h>\n\n/* Doc. */\nstruct walrus {\n\tint teeth;\n};\n\ntypedef struct { int a; } seal_t;\n\nstatic int *swim(struct walrus *w, int far)\n{\n\treturn 0;\n}\n\nint x;\n";
    let expected = ["3: walrus", "8: seal_t", "10: swim", "15: "];
    check("c", text, &expected);
    check("cpp", text, &expected);
    check(
        "cpp",
        "namespace sea {\n// Doc.\ntemplate <typename T>\nclass Walrus : public Seal {\n public:\n  Walrus();\n  void swim() const { x(); }\n};\n\nvoid Walrus::dive(int a) {\n  b();\n}\n}\n",
        &["1: sea", "2:   Walrus", "7:     swim", "10:   Walrus::dive"],
    );
}

#[test]
fn others() {
    check(
        "csharp",
        "using A;\n\nnamespace Sea\n{\n    /// <summary>Doc.</summary>\n    [Serializable]\n    public class Walrus\n    {\n        public int Teeth { get; set; }\n\n        public void Swim() { }\n    }\n}\n",
        &["3: Sea", "5:   Walrus", "9:     Teeth", "11:     Swim"],
    );
    check(
        "ruby",
        "require 'a'\n\n# Doc.\nmodule Sea\n  class Walrus < Seal\n    def swim\n    end\n\n    def self.dive\n    end\n  end\nend\n",
        &["3: Sea", "5:   Walrus", "6:     swim", "9:     dive"],
    );
    check(
        "php",
        "<?php\nnamespace Sea;\n\n/** Doc. */\nclass Walrus extends Seal {\n    public function swim() {}\n}\n\nfunction dive() {}\n",
        &["4: Walrus", "6:   swim", "9: dive"],
    );
    check(
        "shell",
        "#!/bin/sh\nset -e\n\n# Doc.\nswim() {\n    a\n}\n\nswim\n",
        &["4: swim", "9: "],
    );
    check(
        "kotlin",
        "package a\n\n/** Doc. */\ndata class Walrus(val teeth: Int) {\n    fun swim() = 1\n\n    companion object {\n        fun of() = 2\n    }\n}\n\nobject Sea\n\nfun dive() {}\n",
        &[
            "3: Walrus",
            "5:   swim",
            "7:   companion",
            "8:     of",
            "12: Sea",
            "14: dive",
        ],
    );
    check(
        "swift",
        "import A\n\n/// Doc.\nstruct Walrus {\n    init(a: Int) {}\n    func swim() {}\n}\n\nprotocol Diver {\n    func dive()\n}\n",
        &[
            "3: Walrus",
            "5:   init",
            "6:   swim",
            "9: Diver",
            "10:   dive",
        ],
    );
    check(
        "scala",
        "package a\n\n/** Doc. */\ncase class Walrus(teeth: Int) {\n  def swim(): Unit = ()\n}\n\nobject Sea {\n  val x = 1\n}\n",
        &["3: Walrus", "5:   swim", "8: Sea"],
    );
    check(
        "lua",
        "local a = 1\n\n-- Doc.\nfunction walrus.swim()\nend\n\nlocal function dive()\nend\n",
        &["3: walrus.swim", "7: dive"],
    );
    check(
        "zig",
        "const std = @import(\"std\");\n\n/// Doc.\npub const Walrus = struct {\n    teeth: u8,\n\n    pub fn swim() void {}\n};\n\ntest \"it swims\" {}\n",
        &["3: Walrus", "7:   swim", "10: \"it swims\""],
    );
}

#[test]
fn what_is_broken_is_cut_as_far_as_it_is_understood() {
    let text = "fn a() {}\n\nfn b( {\n\n#define X(\nfn c() {}\n";
    assert!(items("rust", text)[0] == "1: a");
    for grammar in GRAMMARS {
        for text in ["", "\n", "\0", "}}}}", "((((((((", "é\u{2028}\"'`"] {
            outline(grammar.name, text).unwrap();
        }
        let deep = "class A { void f() { ".repeat(2_000);
        let found = outline(grammar.name, &deep);
        assert!(found.is_none_or(|found| found.headings.len() < 100_000));
    }
}

/// Breaks when a parser may take the memory of its child, or all of its time.
#[test]
fn what_no_parser_understands_is_given_up() {
    let begin = Instant::now();
    let angles = "a<b<c\n".repeat(LARGEST / 8);
    assert!(outline("csharp", &angles).is_none());
    let words = "lorem ipsum dolor sit amet\n".repeat(LARGEST / 32);
    assert!(outline("lua", &words).is_none());
    // A program in another language is none that costs too much.
    let other = "/// Doc.\npub fn a(b: usize) -> usize {\n    let c = self.d(b);\n}\n".repeat(500);
    assert!(outline("python", &other).is_some());
    assert!(begin.elapsed() < Duration::from_secs(30));
}

#[test]
fn what_programs_wrote_is_not_parsed() {
    let line = "x;".repeat(LONGEST_LINE);
    assert!(outline("javascript", &line).is_none());
    let many = "function a() {}\n".repeat(LARGEST / 8);
    assert!(outline("typescript", &many).is_none());
    assert!(outline("javascript", &many).is_some());
    let more = many.repeat(LARGEST_OF_LINEAR / LARGEST);
    assert!(outline("javascript", &more).is_none());
    assert!(outline("brainfuck", "").is_none());
}
