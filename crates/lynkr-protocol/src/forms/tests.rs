//! Every vendor's form of tools and tool choices gives the same neutral value.

use super::*;

fn read_tool(text: &str) -> Tool {
    tool(serde_json::from_str(text).unwrap(), Dialect::Anthropic, "tools[0]").unwrap()
}

#[test]
fn every_function_form_is_the_same_tool() {
    let forms = [
        r#"{"name":"f","description":"d","input_schema":{"type":"object"}}"#,
        r#"{"type":"custom","name":"f","description":"d","input_schema":{"type":"object"}}"#,
        r#"{"type":"function","name":"f","description":"d","input_schema":{"type":"object"}}"#,
        r#"{"type":"function","name":"f","description":"d","parameters":{"type":"object"}}"#,
        r#"{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"}}}"#,
    ];
    for form in forms {
        let tool = read_tool(form);
        assert_eq!((tool.name.as_str(), tool.description.as_deref()), ("f", Some("d")), "{form}");
        let ToolKind::Function { schema: Some(schema), strict: None } = tool.kind else { panic!("{form}") };
        assert_eq!(schema.get(), r#"{"type":"object"}"#);
    }
}

#[test]
fn server_tools_stay_whole() {
    let tool = read_tool(r#"{"type":"web_search_20250305","name":"web_search","max_uses":8}"#);
    assert_eq!(tool.name, "web_search");
    let ToolKind::Server { value, dialect: Dialect::Anthropic } = tool.kind else { panic!("server tool") };
    assert_eq!(value.get(), r#"{"type":"web_search_20250305","name":"web_search","max_uses":8}"#);
}

#[test]
fn a_tool_without_a_name_is_named_by_its_path() {
    let form = serde_json::from_str(r#"{"type":"function","function":{}}"#).unwrap();
    let error = tool(form, Dialect::OpenAiChat, "tools[2]").unwrap_err();
    assert_eq!(error.message, "tools[2].function.name: is required");
}

#[test]
fn tool_choices() {
    let named = || ToolChoice::Tool { name: "f".to_owned(), namespace: None };
    let cases = [
        (r#""auto""#, ToolChoice::Auto, None),
        (r#""any""#, ToolChoice::Required, None),
        (r#""required""#, ToolChoice::Required, None),
        (r#"{"type":"none"}"#, ToolChoice::None, None),
        (r#"{"type":"any","disable_parallel_tool_use":true}"#, ToolChoice::Required, Some(false)),
        (r#"{"type":"tool","name":"f"}"#, named(), None),
        (r#"{"type":"function","name":"f"}"#, named(), None),
        (r#"{"type":"function","function":{"name":"f"}}"#, named(), None),
        (r#"{"type":"custom","custom":{"name":"f"}}"#, named(), None),
    ];
    for (text, expected, parallel) in cases {
        let value = Json::parse(text).unwrap();
        assert_eq!(tool_choice(&value, Dialect::Anthropic).unwrap(), (expected, parallel), "{text}");
    }
    let unknown = Json::parse(r#"{"type":"allowed_tools","mode":"auto"}"#).unwrap();
    let (choice, _) = tool_choice(&unknown, Dialect::OpenAiChat).unwrap();
    assert_eq!(choice, ToolChoice::Other { dialect: Dialect::OpenAiChat, value: unknown });
    assert!(tool_choice(&Json::of("sometimes"), Dialect::OpenAiChat).is_err());
    assert!(tool_choice(&Json::of(&7), Dialect::OpenAiChat).is_err());
}
