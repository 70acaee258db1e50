namespace DensaiAdmin.Tests;

[Web]
public class SmokeTests
{
    [Fact]
    public void Runner_RunsATest() => Assert.Equal(2, 1 + 1);
}
