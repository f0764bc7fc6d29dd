"""Drives the vendors' Python clients on both sides: directly, and through the gateway.

Both sides lead to the same provider. Standard input is JSON, {"sides": {name: {"openai", "anthropic":
base URLs, "headers": {...}}}}; standard output is {scenario: {name: {"answer" or "error",
"request_id"}}}, without ids and moments.
"""

import asyncio
import json
import re
import sys
import uuid

import anthropic
import openai
from pydantic import BaseModel

CHAT_MODEL = "gpt-4o-mini"
CLAUDE = "claude-opus-4-7"
FRESH_ID = re.compile(r"\b([a-z]{2,9})([-_])[0-9a-f]{20,}\b")
MOMENTS = {"created", "created_at", "completed_at"}
VENDORS = ("openai.", "anthropic.")
SLOW = {"x-sandbox-chunks": "500", "x-sandbox-chunk-delay-ms": "20"}


class Weather(BaseModel):
    city: str
    degrees: float
    windy: bool


def ask(text, **more):
    return {"model": CHAT_MODEL, "messages": [{"role": "user", "content": text}], **more}


def ask_claude(text, **more):
    messages = [{"role": "user", "content": text}]
    return {"model": CLAUDE, "max_tokens": 1024, "messages": messages, **more}


def schema():
    return {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    }


NAMES = ["get_weather", "get_time"]
TOOLS = [{"type": "function", "function": {"name": n, "parameters": schema()}} for n in NAMES]
CLAUDE_TOOLS = [{"name": n, "input_schema": schema()} for n in NAMES]


def drain(stream):
    return list(stream)


def openai_scenarios(c):
    yield "openai: a completion", lambda: c.chat.completions.create(**ask("What is a heliograph?"))
    yield "openai: a stream", lambda: drain(
        c.chat.completions.create(
            **ask("Stream"), stream=True, stream_options={"include_usage": True}
        )
    )
    yield "openai: a tool", lambda: c.chat.completions.create(
        **ask("get weather in Paris"), tools=TOOLS
    )
    yield "openai: parallel tools", lambda: c.chat.completions.create(
        **ask("get weather and get time in Rome"), tools=TOOLS
    )
    yield "openai: parallel tools, streamed", lambda: drain(
        c.chat.completions.create(
            **ask("get weather and get time in Rome"), tools=TOOLS, stream=True
        )
    )
    yield "openai: a parsed completion", lambda: c.chat.completions.parse(
        **ask("Weather in Lima"), response_format=Weather
    )
    yield "openai: a response", lambda: c.responses.create(model=CHAT_MODEL, input="Hello")
    yield "openai: a streamed response", lambda: drain(
        c.responses.create(model=CHAT_MODEL, input="Hello", stream=True)
    )
    yield "openai: a parsed response", lambda: c.responses.parse(
        model=CHAT_MODEL, input="Weather in Lima", text_format=Weather
    )
    yield "openai: embeddings", lambda: c.embeddings.create(
        model="text-embedding-3-small", input=["one", "two"]
    )
    yield "openai: the list of models", lambda: drain(c.models.list())
    for status in (400, 401, 403, 404, 429, 500, 503):
        yield f"openai: error {status}", lambda status=status: c.chat.completions.create(
            **{**ask("Hello"), "model": f"sandbox-error-{status}"}
        )
    yield "openai: error 429 of a stream", lambda: drain(
        c.chat.completions.create(**{**ask("Hello"), "model": "sandbox-error-429"}, stream=True)
    )
    yield "openai: a timeout", lambda: c.chat.completions.create(
        **ask("Late"), timeout=0.15, extra_headers={"x-sandbox-latency-ms": "600"}
    )
    yield "openai: left in mid-stream", lambda: first_items(
        c.chat.completions.create(**ask("Go"), stream=True, extra_headers=SLOW)
    )
    yield "openai: broken in mid-stream", lambda: drain(
        c.chat.completions.create(**{**ask("Go"), "model": "sandbox-broken"}, stream=True)
    )


def anthropic_scenarios(c):
    yield "anthropic: a message", lambda: c.messages.create(**ask_claude("Hello"))
    yield "anthropic: a stream", lambda: drain(c.messages.create(**ask_claude("Go"), stream=True))
    yield "anthropic: the streaming helper", lambda: collect_message(c, ask_claude("Go on"))
    yield "anthropic: a tool", lambda: c.messages.create(
        **ask_claude("get weather in Paris"), tools=CLAUDE_TOOLS
    )
    yield "anthropic: parallel tools, streamed", lambda: collect_message(
        c, ask_claude("get weather and get time in Rome", tools=CLAUDE_TOOLS)
    )
    yield "anthropic: a parsed message", lambda: c.messages.parse(
        **ask_claude("Weather in Lima"), output_format=Weather
    )
    yield "anthropic: counting tokens", lambda: c.messages.count_tokens(
        model=CLAUDE, messages=ask_claude("Count me")["messages"]
    )
    for status in (400, 401, 403, 404, 429, 500, 529):
        yield f"anthropic: error {status}", lambda status=status: c.messages.create(
            **{**ask_claude("Hello"), "model": f"sandbox-error-{status}"}
        )
    yield "anthropic: a timeout", lambda: c.messages.create(
        **ask_claude("Late"), timeout=0.15, extra_headers={"x-sandbox-latency-ms": "600"}
    )
    yield "anthropic: left in mid-stream", lambda: first_items(
        c.messages.create(**ask_claude("Go"), stream=True, extra_headers=SLOW)
    )
    yield "anthropic: broken in mid-stream", lambda: drain(
        c.messages.create(**{**ask_claude("Go"), "model": "sandbox-broken"}, stream=True)
    )


def first_items(stream):
    with stream:
        items = []
        for item in stream:
            items.append(item)
            if len(items) == 5:
                break
        return items


def collect_message(client, request):
    with client.messages.stream(**request) as stream:
        texts = list(stream.text_stream)
        return [texts, stream.get_final_message()]


def async_scenarios(c):
    async def streamed(client):
        stream = await client.chat.completions.create(**ask("Async"), stream=True)
        return [item async for item in stream]

    async def many(client):
        calls = [client.chat.completions.create(**ask(f"Number {n}")) for n in range(5)]
        return await asyncio.gather(*calls)

    async def closed(work):
        # A client of its own: connections do not outlive the loop that made them.
        async with c.with_options(http_client=openai.DefaultAsyncHttpxClient()) as client:
            return await work(client)

    yield "openai: async, streamed", lambda: asyncio.run(closed(streamed))
    yield "openai: async, five at once", lambda: asyncio.run(closed(many))


def plain(value):
    if isinstance(value, BaseModel):
        return plain(value.model_dump(mode="json"))
    if isinstance(value, dict):
        return {k: "some moment" if k in MOMENTS else plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return FRESH_ID.sub(r"\1\2fresh", value) if isinstance(value, str) else value


def facts_of(error):
    kinds = [k.__name__ for k in type(error).__mro__ if k.__module__.startswith(VENDORS)]
    names = ("status_code", "code", "type", "param", "body", "request_id")
    headers = getattr(getattr(error, "response", None), "headers", {})
    return {
        "class": type(error).__name__,
        "kinds": kinds,
        "message": plain(str(error)),
        "retry_after": headers.get("retry-after"),
        **{name: plain(getattr(error, name, None)) for name in names},
    }


def settle(call):
    try:
        return {"answer": plain(call())}
    except Exception as error:  # what is raised is what the test compares
        return {"error": facts_of(error)}


def fresh_headers(headers):
    """The side's headers, with a request id of their own where the side is the gateway."""
    if not headers:
        return None, headers
    request_id = str(uuid.uuid4())
    return request_id, {**headers, "Helicone-Request-Id": request_id}


def main():
    sides = json.load(sys.stdin)["sides"]
    results = {}
    for name, side in sides.items():
        key = {"api_key": "sk-provider-key", "max_retries": 0}
        chat = {**key, "base_url": side["openai"]}
        kinds = [
            (openai_scenarios, openai.OpenAI(**chat)),
            (anthropic_scenarios, anthropic.Anthropic(**key, base_url=side["anthropic"])),
            (async_scenarios, openai.AsyncOpenAI(**chat)),
        ]
        for scenarios, client in kinds:
            for scenario, _ in scenarios(client):
                request_id, headers = fresh_headers(side["headers"])
                own = client.with_options(default_headers=headers)
                done = settle(dict(scenarios(own))[scenario])
                results.setdefault(scenario, {})[name] = {**done, "request_id": request_id}
    json.dump(results, sys.stdout)


main()
