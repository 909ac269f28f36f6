import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from phonesync.driver import crypto
from phonesync.errors import UnexpectedResponse

KEY, INITIAL = "00112233445566778899aabbccddeeff", "ffeeddccbbaa99887766554433221100"
PRIVATE = rsa.generate_private_key(public_exponent=65537, key_size=1024)
MODULUS = f"{PRIVATE.public_key().public_numbers().n:0256x}"


def opened(content: bytes) -> bytes:
    cipher = Cipher(algorithms.AES(bytes.fromhex(KEY)), modes.CBC(bytes.fromhex(INITIAL))).decryptor()
    return cipher.update(content) + cipher.finalize()


@given(st.binary(max_size=100))
def test_aes_is_padded_with_zeros_and_opens_again(content):
    sealed = crypto.aes_cbc(content, key=KEY, initial=INITIAL)
    assert len(sealed) == (len(content) + 15) // 16 * 16
    assert opened(sealed) == content + bytes(len(sealed) - len(content))


def test_a_whole_block_is_added_to_an_aligned_text_only_where_asked():
    assert len(crypto.aes_cbc("a" * 16, key=KEY, initial=INITIAL)) == 16
    assert opened(crypto.aes_cbc("a" * 16, key=KEY, initial=INITIAL, whole_block=True)) == b"a" * 16 + bytes(
        16
    )
    assert len(crypto.aes_cbc("a" * 15, key=KEY, initial=INITIAL, whole_block=True)) == 16


@given(st.text(max_size=29))
def test_rsa_opens_again_and_has_the_length_of_the_modulus(text):
    sealed = crypto.rsa_hex(text, modulus=MODULUS, exponent="010001")
    assert len(sealed) == 256
    assert PRIVATE.decrypt(bytes.fromhex(sealed), padding.PKCS1v15()) == text.encode()


@pytest.mark.parametrize(
    ("modulus", "exponent"),
    [
        ("", "010001"),
        ("xyz", "010001"),
        ("1_0", "3"),
        (MODULUS, ""),
        (MODULUS, "0x3"),
        ("ff", "3"),
        ("0", "0"),
    ],
)
def test_a_key_that_cannot_be_used_is_an_error_of_the_answer(modulus, exponent):
    with pytest.raises(UnexpectedResponse, match="RSA key"):
        crypto.rsa_hex("a", modulus=modulus, exponent=exponent)


def test_a_password_too_long_for_the_key_is_an_error_that_does_not_show_it():
    with pytest.raises(UnexpectedResponse) as caught:
        crypto.rsa_hex("Blue-Anchor" * 20, modulus=MODULUS, exponent="010001")
    assert "Blue-Anchor" not in str(caught.value)


def test_digests_forms_and_random_texts():
    assert crypto.md5_hex("ж") == hashlib.md5("ж".encode()).hexdigest()
    assert crypto.sha256_hex(b"a") == hashlib.sha256(b"a").hexdigest()
    assert base64.b64decode(crypto.base64_text("s+e/c=r")) == b"s+e/c=r"
    assert crypto.form([("b", "+/="), ("a", "ж&")]) == b"b=%2B%2F%3D&a=%D0%B6%26"
    assert len({crypto.random_hex() for _ in range(20)}) == 20
    assert all(0.1 <= float(crypto.random_fraction()) < 1 for _ in range(50))
    assert bytes.fromhex(crypto.random_hex())
