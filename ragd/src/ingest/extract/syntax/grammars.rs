//! What the nodes of each grammar mean. A language is an entry here, and its grammar a line in
//! `Cargo.toml`.

use tree_sitter::Language;

use crate::index::SymbolKind::{
    self, Class, Enum, Function, Impl, Interface, Macro, Method, Module, Object, Property, Struct,
    Test, Trait, Type,
};

/// Kinds of nodes, and what they are to people.
pub(super) type Items = &'static [(&'static str, SymbolKind)];

/// A language, by the kinds of nodes that matter.
pub(super) struct Grammar {
    pub(super) name: &'static str,
    pub(super) language: fn() -> Language,
    /// What stands between the names of an item and of what is around it.
    pub(super) joint: &'static str,
    /// What names other files or packages, where it is a node of its own.
    pub(super) imports: &'static [&'static str],
    /// Conditions that the compiler never sees may part its braces.
    pub(super) has_branches: bool,
    /// What has a name and may have others within.
    pub(super) items: Items,
    /// What only stands around items: they have no name, or it says nothing.
    pub(super) around: &'static [&'static str],
    /// What belongs to the item that follows, beside comments.
    pub(super) before: &'static [&'static str],
}

/// All languages that are cut by their syntax.
pub(super) const GRAMMARS: &[Grammar] = &[
    Grammar {
        name: "rust",
        language: || tree_sitter_rust::LANGUAGE.into(),
        joint: "::",
        imports: &["use_declaration", "extern_crate_declaration"],
        has_branches: false,
        items: &[
            ("function_item", Function),
            ("function_signature_item", Function),
            ("struct_item", Struct),
            ("enum_item", Enum),
            ("union_item", Struct),
            ("trait_item", Trait),
            ("impl_item", Impl),
            ("mod_item", Module),
            ("macro_definition", Macro),
        ],
        around: &["declaration_list", "foreign_mod_item"],
        before: &["attribute_item", "inner_attribute_item"],
    },
    Grammar {
        name: "python",
        language: || tree_sitter_python::LANGUAGE.into(),
        joint: ".",
        imports: &[
            "import_statement",
            "import_from_statement",
            "future_import_statement",
        ],
        has_branches: false,
        items: &[
            ("function_definition", Function),
            ("class_definition", Class),
        ],
        around: &["decorated_definition", "block", "if_statement"],
        before: &[],
    },
    Grammar {
        name: "javascript",
        language: || tree_sitter_javascript::LANGUAGE.into(),
        joint: ".",
        imports: &["import_statement"],
        has_branches: false,
        items: SCRIPT_ITEMS,
        around: SCRIPT_AROUND,
        before: &["decorator"],
    },
    Grammar {
        name: "typescript",
        language: || tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
        joint: ".",
        imports: &["import_statement"],
        has_branches: false,
        items: SCRIPT_ITEMS,
        around: SCRIPT_AROUND,
        before: &["decorator"],
    },
    Grammar {
        name: "tsx",
        language: || tree_sitter_typescript::LANGUAGE_TSX.into(),
        joint: ".",
        imports: &["import_statement"],
        has_branches: false,
        items: SCRIPT_ITEMS,
        around: SCRIPT_AROUND,
        before: &["decorator"],
    },
    Grammar {
        name: "go",
        language: || tree_sitter_go::LANGUAGE.into(),
        joint: ".",
        imports: &["import_declaration"],
        has_branches: false,
        items: &[
            ("function_declaration", Function),
            ("method_declaration", Method),
            ("type_spec", Type),
        ],
        around: &["type_declaration"],
        before: &[],
    },
    Grammar {
        name: "java",
        language: || tree_sitter_java::LANGUAGE.into(),
        joint: ".",
        imports: &["import_declaration"],
        has_branches: false,
        items: &[
            ("class_declaration", Class),
            ("interface_declaration", Interface),
            ("enum_declaration", Enum),
            ("record_declaration", Class),
            ("annotation_type_declaration", Interface),
            ("method_declaration", Method),
            ("constructor_declaration", Method),
        ],
        around: &[
            "class_body",
            "interface_body",
            "enum_body",
            "enum_body_declarations",
        ],
        before: &[],
    },
    Grammar {
        name: "c",
        language: || tree_sitter_c::LANGUAGE.into(),
        joint: ".",
        imports: &["preproc_include"],
        has_branches: true,
        items: C_ITEMS,
        around: C_AROUND,
        before: &[],
    },
    Grammar {
        name: "cpp",
        language: || tree_sitter_cpp::LANGUAGE.into(),
        joint: "::",
        imports: &["preproc_include"],
        has_branches: true,
        items: C_ITEMS,
        around: C_AROUND,
        before: &[],
    },
    Grammar {
        name: "csharp",
        language: || tree_sitter_c_sharp::LANGUAGE.into(),
        joint: ".",
        imports: &["using_directive"],
        has_branches: false,
        items: &[
            ("namespace_declaration", Module),
            ("class_declaration", Class),
            ("interface_declaration", Interface),
            ("struct_declaration", Struct),
            ("enum_declaration", Enum),
            ("record_declaration", Class),
            ("method_declaration", Method),
            ("constructor_declaration", Method),
            ("property_declaration", Property),
            ("delegate_declaration", Type),
        ],
        around: &["declaration_list", "file_scoped_namespace_declaration"],
        before: &[],
    },
    Grammar {
        name: "ruby",
        language: || tree_sitter_ruby::LANGUAGE.into(),
        joint: "::",
        imports: &[],
        has_branches: false,
        items: &[
            ("method", Method),
            ("singleton_method", Method),
            ("class", Class),
            ("module", Module),
        ],
        around: &["body_statement", "singleton_class"],
        before: &[],
    },
    Grammar {
        name: "php",
        language: || tree_sitter_php::LANGUAGE_PHP.into(),
        joint: "::",
        imports: &["namespace_use_declaration"],
        has_branches: false,
        items: &[
            ("function_definition", Function),
            ("class_declaration", Class),
            ("interface_declaration", Interface),
            ("trait_declaration", Trait),
            ("enum_declaration", Enum),
            ("method_declaration", Method),
        ],
        around: &[
            "declaration_list",
            "enum_declaration_list",
            "namespace_definition",
            "compound_statement",
        ],
        before: &[],
    },
    Grammar {
        name: "shell",
        language: || tree_sitter_bash::LANGUAGE.into(),
        joint: ".",
        imports: &[],
        has_branches: false,
        items: &[("function_definition", Function)],
        around: &[],
        before: &[],
    },
    Grammar {
        name: "kotlin",
        language: || tree_sitter_kotlin_ng::LANGUAGE.into(),
        joint: ".",
        imports: &["import", "import_header"],
        has_branches: false,
        items: &[
            ("class_declaration", Class),
            ("object_declaration", Object),
            ("companion_object", Object),
            ("function_declaration", Function),
        ],
        around: &["class_body", "enum_class_body"],
        before: &[],
    },
    Grammar {
        name: "swift",
        language: || tree_sitter_swift::LANGUAGE.into(),
        joint: ".",
        imports: &["import_declaration"],
        has_branches: false,
        items: &[
            ("class_declaration", Class),
            ("protocol_declaration", Interface),
            ("function_declaration", Function),
            ("protocol_function_declaration", Method),
            ("init_declaration", Method),
        ],
        around: &["class_body", "enum_class_body", "protocol_body"],
        before: &[],
    },
    Grammar {
        name: "scala",
        language: || tree_sitter_scala::LANGUAGE.into(),
        joint: ".",
        imports: &["import_declaration"],
        has_branches: false,
        items: &[
            ("class_definition", Class),
            ("object_definition", Object),
            ("trait_definition", Trait),
            ("enum_definition", Enum),
            ("function_definition", Function),
            ("function_declaration", Function),
        ],
        around: &["template_body", "package_clause"],
        before: &["annotation"],
    },
    Grammar {
        name: "lua",
        language: || tree_sitter_lua::LANGUAGE.into(),
        joint: ".",
        imports: &[],
        has_branches: false,
        items: &[("function_declaration", Function)],
        around: &[],
        before: &[],
    },
    Grammar {
        name: "zig",
        language: || tree_sitter_zig::LANGUAGE.into(),
        joint: ".",
        imports: &[],
        has_branches: false,
        items: &[
            ("function_declaration", Function),
            ("variable_declaration", Type),
            ("test_declaration", Test),
        ],
        around: &[
            "struct_declaration",
            "enum_declaration",
            "union_declaration",
        ],
        before: &[],
    },
];

const SCRIPT_ITEMS: Items = &[
    ("function_declaration", Function),
    ("generator_function_declaration", Function),
    ("class_declaration", Class),
    ("abstract_class_declaration", Class),
    ("method_definition", Method),
    ("interface_declaration", Interface),
    ("type_alias_declaration", Type),
    ("enum_declaration", Enum),
    ("internal_module", Module),
    ("variable_declarator", Function),
];

const SCRIPT_AROUND: &[&str] = &[
    "export_statement",
    "ambient_declaration",
    "expression_statement",
    "lexical_declaration",
    "class_body",
    "statement_block",
];

const C_ITEMS: Items = &[
    ("function_definition", Function),
    ("struct_specifier", Struct),
    ("class_specifier", Class),
    ("union_specifier", Struct),
    ("enum_specifier", Enum),
    ("type_definition", Type),
    ("namespace_definition", Module),
    ("concept_definition", Type),
];

const C_AROUND: &[&str] = &[
    "declaration",
    "declaration_list",
    "field_declaration_list",
    "linkage_specification",
    "template_declaration",
    "preproc_ifdef",
    "preproc_if",
    "preproc_else",
];
