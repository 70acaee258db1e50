using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using Microsoft.Extensions.Logging;

namespace DensaiAdmin.Core.Mail;

/// <summary>Runs <see cref="QueueOwedMails"/> at start, for what a crash kept back, and whenever an act recorded what owes one.</summary>
internal sealed class OwedMailJob : BackgroundJob
{
    private readonly QueueOwedMails _mails;
    private readonly StoreWriter _writer;
    private readonly OutboxSignal _owed = new();

    public OwedMailJob(QueueOwedMails mails, StoreWriter writer, TimeProvider clock, ILogger<OwedMailJob> log)
        : base(clock, log)
    {
        (_mails, _writer) = (mails, writer);
        writer.Recorded += Look;
    }

    public override JobTitle Title { get; } = new("お知らせのメールの作成", "queuing of mails");

    public override void Dispose()
    {
        _writer.Recorded -= Look;
        base.Dispose();
    }

    protected override async Task RunAsync(CancellationToken stopping)
    {
        while (true)
        {
            await _mails.RunAsync(stopping);
            NoteRound();
            await _owed.WaitAsync(stopping);
        }
    }

    private void Look(IReadOnlyList<HistoryEntry> recorded)
    {
        if (recorded.Any(MailRules.MayOwe))
        {
            _owed.Notify();
        }
    }
}
