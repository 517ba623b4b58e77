package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.internal.source.DamagedObjectException;
import java.io.IOException;
import java.io.InputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/** Compares an object with the checksum that the manifest of its backup gives, when it was read to its end. */
final class Md5InputStream extends DigestInputStream {

    private final String expected;
    private long bytes;
    private boolean isCompared;

    /**
     * Creates one.
     *
     * @param expected MD5 in base64
     */
    Md5InputStream(InputStream in, String expected) {
        super(in, md5());
        this.expected = expected;
    }

    private static MessageDigest md5() {
        try {
            return MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has MD5", e);
        }
    }

    @Override
    public int read() throws IOException {
        int read = super.read();
        count(read < 0 ? -1 : 1);
        return read;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        int read = super.read(into, offset, length);
        count(read);
        return read;
    }

    private void count(int read) throws DamagedObjectException {
        if (read >= 0) {
            bytes += read;
        } else if (!isCompared) {
            isCompared = true;
            if (!Base64.getEncoder().encodeToString(getMessageDigest().digest()).equals(expected)) {
                throw new DamagedObjectException(
                        DamagedObjectException.MANIFEST_MISMATCH, bytes, "not the MD5 that the manifest gives");
            }
        }
    }
}
