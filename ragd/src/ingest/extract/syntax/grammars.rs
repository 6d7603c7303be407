//! What the nodes of each grammar mean. A language is an entry here, and its grammar a line in
//! `Cargo.toml`.

use tree_sitter::Language;

/// A language, by the kinds of nodes that matter.
pub(super) struct Grammar {
    pub(super) name: &'static str,
    pub(super) language: fn() -> Language,
    /// What has a name and may have others within.
    pub(super) items: &'static [&'static str],
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
        items: &[
            "function_item",
            "function_signature_item",
            "struct_item",
            "enum_item",
            "union_item",
            "trait_item",
            "impl_item",
            "mod_item",
            "macro_definition",
        ],
        around: &["declaration_list", "foreign_mod_item"],
        before: &["attribute_item", "inner_attribute_item"],
    },
    Grammar {
        name: "python",
        language: || tree_sitter_python::LANGUAGE.into(),
        items: &["function_definition", "class_definition"],
        around: &["decorated_definition", "block", "if_statement"],
        before: &[],
    },
    Grammar {
        name: "javascript",
        language: || tree_sitter_javascript::LANGUAGE.into(),
        items: SCRIPT_ITEMS,
        around: SCRIPT_AROUND,
        before: &["decorator"],
    },
    Grammar {
        name: "typescript",
        language: || tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
        items: SCRIPT_ITEMS,
        around: SCRIPT_AROUND,
        before: &["decorator"],
    },
    Grammar {
        name: "tsx",
        language: || tree_sitter_typescript::LANGUAGE_TSX.into(),
        items: SCRIPT_ITEMS,
        around: SCRIPT_AROUND,
        before: &["decorator"],
    },
    Grammar {
        name: "go",
        language: || tree_sitter_go::LANGUAGE.into(),
        items: &["function_declaration", "method_declaration", "type_spec"],
        around: &["type_declaration"],
        before: &[],
    },
    Grammar {
        name: "java",
        language: || tree_sitter_java::LANGUAGE.into(),
        items: &[
            "class_declaration",
            "interface_declaration",
            "enum_declaration",
            "record_declaration",
            "annotation_type_declaration",
            "method_declaration",
            "constructor_declaration",
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
        items: C_ITEMS,
        around: C_AROUND,
        before: &[],
    },
    Grammar {
        name: "cpp",
        language: || tree_sitter_cpp::LANGUAGE.into(),
        items: C_ITEMS,
        around: C_AROUND,
        before: &[],
    },
    Grammar {
        name: "csharp",
        language: || tree_sitter_c_sharp::LANGUAGE.into(),
        items: &[
            "namespace_declaration",
            "class_declaration",
            "interface_declaration",
            "struct_declaration",
            "enum_declaration",
            "record_declaration",
            "method_declaration",
            "constructor_declaration",
            "property_declaration",
            "delegate_declaration",
        ],
        around: &["declaration_list", "file_scoped_namespace_declaration"],
        before: &[],
    },
    Grammar {
        name: "ruby",
        language: || tree_sitter_ruby::LANGUAGE.into(),
        items: &["method", "singleton_method", "class", "module"],
        around: &["body_statement", "singleton_class"],
        before: &[],
    },
    Grammar {
        name: "php",
        language: || tree_sitter_php::LANGUAGE_PHP.into(),
        items: &[
            "function_definition",
            "class_declaration",
            "interface_declaration",
            "trait_declaration",
            "enum_declaration",
            "method_declaration",
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
        items: &["function_definition"],
        around: &[],
        before: &[],
    },
    Grammar {
        name: "kotlin",
        language: || tree_sitter_kotlin_ng::LANGUAGE.into(),
        items: &[
            "class_declaration",
            "object_declaration",
            "companion_object",
            "function_declaration",
        ],
        around: &["class_body", "enum_class_body"],
        before: &[],
    },
    Grammar {
        name: "swift",
        language: || tree_sitter_swift::LANGUAGE.into(),
        items: &[
            "class_declaration",
            "protocol_declaration",
            "function_declaration",
            "protocol_function_declaration",
            "init_declaration",
        ],
        around: &["class_body", "enum_class_body", "protocol_body"],
        before: &[],
    },
    Grammar {
        name: "scala",
        language: || tree_sitter_scala::LANGUAGE.into(),
        items: &[
            "class_definition",
            "object_definition",
            "trait_definition",
            "enum_definition",
            "function_definition",
            "function_declaration",
        ],
        around: &["template_body", "package_clause"],
        before: &["annotation"],
    },
    Grammar {
        name: "lua",
        language: || tree_sitter_lua::LANGUAGE.into(),
        items: &["function_declaration"],
        around: &[],
        before: &[],
    },
    Grammar {
        name: "zig",
        language: || tree_sitter_zig::LANGUAGE.into(),
        items: &[
            "function_declaration",
            "variable_declaration",
            "test_declaration",
        ],
        around: &[
            "struct_declaration",
            "enum_declaration",
            "union_declaration",
        ],
        before: &[],
    },
];

const SCRIPT_ITEMS: &[&str] = &[
    "function_declaration",
    "generator_function_declaration",
    "class_declaration",
    "abstract_class_declaration",
    "method_definition",
    "interface_declaration",
    "type_alias_declaration",
    "enum_declaration",
    "internal_module",
    "variable_declarator",
];

const SCRIPT_AROUND: &[&str] = &[
    "export_statement",
    "ambient_declaration",
    "expression_statement",
    "lexical_declaration",
    "class_body",
    "statement_block",
];

const C_ITEMS: &[&str] = &[
    "function_definition",
    "struct_specifier",
    "class_specifier",
    "union_specifier",
    "enum_specifier",
    "type_definition",
    "namespace_definition",
    "concept_definition",
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
