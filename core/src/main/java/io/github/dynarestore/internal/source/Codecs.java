package io.github.dynarestore.internal.source;

import com.github.luben.zstd.ZstdInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Predicate;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.xerial.snappy.Snappy;
import org.xerial.snappy.SnappyFramedInputStream;
import org.xerial.snappy.SnappyInputStream;

/** The compressions that producers of backups use (docs/compression.md), the surest to be recognised first. */
final class Codecs {

    private static final String SNAPPY = "org.xerial.snappy:snappy-java";

    static final List<Codec> ALL = List.of(
            new GzipCodec(),
            new ZipCodec(),
            new LibraryCodec("snappy-java", SNAPPY, magic("82534e4150505900"), in -> SnappyStreams.open(in)),
            new LibraryCodec(
                    "framed snappy", SNAPPY, magic("ff060000734e61507059"), in -> SnappyStreams.openFramed(in)),
            new LibraryCodec("zstd", "com.github.luben:zstd-jni", magic("28b52ffd"), in -> ZstdStreams.open(in)),
            new LibraryCodec(
                    "bzip2", "org.apache.commons:commons-compress", magic("425a68"), in -> Bzip2Streams.open(in)),
            new UnsupportedCodec("xz", "fd377a585a00"),
            new UnsupportedCodec("lz4", "04224d18"),
            new LibraryCodec(
                    "Hadoop snappy", SNAPPY, HadoopSnappyInputStream::isBeginning, in -> SnappyStreams.openHadoop(in)));

    private Codecs() {}

    private static Predicate<byte[]> magic(String hex) {
        byte[] magic = HexFormat.of().parseHex(hex);
        return head -> head.length >= magic.length && Arrays.equals(head, 0, magic.length, magic, 0, magic.length);
    }

    // Each library is named in a class of its own, which is linked when the first object needs it, and not before: the
    // libraries are optional. A method reference, or a stream made in a lambda above, would have this class need them.

    private static final class SnappyStreams {
        static InputStream open(InputStream in) throws IOException {
            return new SnappyInputStream(in);
        }

        static InputStream openFramed(InputStream in) throws IOException {
            return new SnappyFramedInputStream(in, true);
        }

        static InputStream openHadoop(InputStream in) throws IOException {
            if (!Snappy.isValidCompressedBuffer(new byte[] {0}, 0, 1)) {
                throw new IOException("snappy does not work here");
            }
            return new HadoopSnappyInputStream(in);
        }
    }

    private static final class ZstdStreams {
        static InputStream open(InputStream in) throws IOException {
            return new ZstdInputStream(in);
        }
    }

    private static final class Bzip2Streams {
        static InputStream open(InputStream in) throws IOException {
            return new BZip2CompressorInputStream(in, true);
        }
    }
}
