"""Two people with matrix-nio (libolm), which knows the addresses under r0 only: they sign in, sync and chat encrypted.

Arguments: URL, then name and password of each. Writes one line of JSON: the room, and what each read and whether it was decrypted.
"""

import asyncio
import json
import sys
import tempfile

from nio import AsyncClient, AsyncClientConfig, LoginResponse, RoomCreateResponse, RoomMessageText, RoomSendResponse

LIMIT_SECONDS = 60


async def sign_in(url, name, password, folder):
    client = AsyncClient(url, name, store_path=folder, config=AsyncClientConfig(encryption_enabled=True, store_sync_tokens=True))
    answer = await client.login(password)
    assert isinstance(answer, LoginResponse), answer
    read = []
    client.add_event_callback(lambda room, event: read.append({"body": event.body, "decrypted": event.decrypted}), RoomMessageText)
    await client.sync(timeout=0, full_state=True)
    if client.should_upload_keys:
        await client.keys_upload()
    return client, read


async def say(client, room, body):
    if client.should_query_keys:
        await client.keys_query()
    content = {"msgtype": "m.text", "body": body}
    answer = await client.room_send(room, "m.room.message", content, ignore_unverified_devices=True)
    assert isinstance(answer, RoomSendResponse), answer


async def until(client, holds):
    while not holds():
        await client.sync(timeout=1000)
        if client.should_query_keys:
            await client.keys_query()


async def chat(url, ann, ben):
    with tempfile.TemporaryDirectory() as of_ann, tempfile.TemporaryDirectory() as of_ben:
        (ann, read_by_ann), (ben, read_by_ben) = [await sign_in(url, *ann, of_ann), await sign_in(url, *ben, of_ben)]
        encryption = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
        made = await ann.room_create(invite=[ben.user_id], initial_state=[encryption])
        assert isinstance(made, RoomCreateResponse), made
        room = made.room_id
        await until(ben, lambda: room in ben.invited_rooms)
        await ben.join(room)
        for client in (ann, ben):
            await until(client, lambda: room in client.rooms and len(client.rooms[room].users) == 2 and client.rooms[room].encrypted)
        await say(ann, room, "a secret of ann")
        await until(ben, lambda: read_by_ben)
        await say(ben, room, "ben 的秘密")
        await until(ann, lambda: len(read_by_ann) > 0 and any(entry["body"].startswith("ben") for entry in read_by_ann))
        await ann.close()
        await ben.close()
        return {"room": room, "ann": read_by_ann, "ben": read_by_ben}


async def main():
    url, *people = sys.argv[1:]
    result = await asyncio.wait_for(chat(url, people[:2], people[2:]), LIMIT_SECONDS)
    print(json.dumps(result))


asyncio.run(main())
