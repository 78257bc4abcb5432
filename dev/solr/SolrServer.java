import java.nio.file.Path;
import java.util.Properties;
import org.apache.solr.embedded.JettyConfig;
import org.apache.solr.embedded.JettySolrRunner;

/**
 * Solr without its distribution, which no package registry carries: the same server from the jars.
 * The runner listens on 127.0.0.1 only. SIGTERM closes the index properly.
 */
public class SolrServer {
  public static void main(String[] arguments) throws Exception {
    Path home = Path.of(arguments[0]).toAbsolutePath();
    int port = Integer.parseInt(arguments[1]);
    System.setProperty("solr.solr.home", home.toString());
    Properties node = new Properties();
    node.setProperty("solr.data.home", home.resolve("data").toString());
    JettyConfig jetty = JettyConfig.builder().setPort(port).setContext("/solr").build();
    JettySolrRunner runner = new JettySolrRunner(home.toString(), node, jetty);
    runner.start();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(runner)));
    System.out.println("Solr answers at " + runner.getBaseUrl());
    Thread.currentThread().join();
  }

  private static void stop(JettySolrRunner runner) {
    try {
      runner.stop();
    } catch (Exception problem) {
      problem.printStackTrace();
    }
  }
}
