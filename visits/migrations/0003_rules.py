"""The callback rules of policy 5.2 and 5.3 and the cadences of policy 5.5 and 5.6, as data."""

from django.db import migrations

# code, event, earliest, latest, unit
RULES = [
    ("new_customer", "new_customer", 0, 3, "days"),
    ("installation", "installation", 1, 7, "days"),
    ("purchase_half", "purchase", 4, 6, "months"),
    ("purchase_late", "purchase", 10, 12, "months"),
    ("purchase_year", "purchase", 12, 13, "months"),
    ("complaint", "complaint", 0, 0, "days"),
    ("proposal", "proposal", 0, 0, "days"),
    ("repair", "repair", 0, 0, "days"),
    ("repair_overrun", "repair_overrun", 0, 0, "days"),
    ("repair_holds", "repair", 3, 5, "days"),
]
# intention, grade, days, channel
CADENCES = [
    ("A", "", 7, "phone"),
    ("B", "", 14, "email"),
    ("C", "", 30, "email"),
    ("", "VIP", 30, "phone"),
    ("", "SVIP", 30, "phone"),
    ("", "A", 30, "phone"),
]
# purpose ("" for any call): first call, later call, closing when satisfied, closing when not (policy 5.7); an
# opening left empty is the other one
SCRIPTS = {
    "": (
        "{contact}您好，我是{me}，负责{customer}的服务。第一次和您联系，占用您两分钟，想了解一下贵公司的需求，您现在方便吗？",
        "{contact}您好，我是{me}。想了解一下{customer}最近的使用情况，有没有需要我们配合的？",
        "谢谢您的认可。有任何需要随时打给我，祝您工作顺利，再见。",
        "非常抱歉给您带来不便。您说的我都记下了，我会尽快查清并在约定的时间回复您，谢谢您告诉我们。",
    ),
    "follow_up": (
        "{contact}您好，我是{me}，今后由我为{customer}服务。想听听您目前的打算，看看我们能帮上什么，您现在方便吗？",
        "{contact}您好，我是{me}。上次谈到的事情，想听听{customer}这边进展如何，还有什么顾虑吗？",
        "好的，那我们就这样约定，我会按时再联系您。谢谢您，再见。",
        "我明白您的顾虑，资料和方案我再完善一下，到时再向您说明。谢谢您抽时间。",
    ),
    "new_customer": (
        "{contact}您好，我是{me}，今后由我负责{customer}。想用两分钟认识一下您，了解贵公司的需求，您现在方便吗？",
        "{contact}您好，我是{me}，现在由我接手{customer}的服务。过去有没有还没解决的事，请告诉我。",
        "很高兴认识您。我的联系方式稍后发给您，有事随时找我，再见。",
        "打扰您了。您看什么时候方便，我再联系您？谢谢。",
    ),
    "installation": (
        "",
        "{contact}您好，我是{me}。{customer}的设备刚安装好，想请问安装师傅的服务您满意吗？使用中有没有不清楚的地方？",
        "谢谢您的评价，我会转告安装师傅。使用中有问题请随时打给我，再见。",
        "很抱歉安装没有让您满意。我马上联系安装部门，并告诉您处理的时间。",
    ),
    "purchase_half": (
        "",
        "{contact}您好，我是{me}。贵公司购买的产品用了快半年，想请问使用情况怎么样，需不需要保养或补货？",
        "听您这么说我就放心了。需要补货或保养时请随时联系我，再见。",
        "谢谢您直说。问题我记下了，请技术同事看过后我给您回电。",
    ),
    "purchase_late": (
        "",
        "{contact}您好，我是{me}。贵公司购买的产品快满一年了，想请问使用情况如何，下一年有什么计划？",
        "好的，下一年的安排我会提前和您确认。谢谢您，再见。",
        "谢谢您的意见，我会逐条跟进，并尽快答复您。",
    ),
    "purchase_year": (
        "",
        "{contact}您好，我是{me}。感谢{customer}一年来的支持，想请您对产品和服务打个分，再听听您的建议。",
        "感谢您的信任，新的一年我们继续为您服务好，再见。",
        "这一年有不周到的地方，向您道歉。您提的意见我会上报，并告诉您怎么改进。",
    ),
    "complaint": (
        "",
        "{contact}您好，我是{me}。您反映的问题我们已经收到，首先向您道歉。想请您把经过再说一下，我来负责跟进。",
        "谢谢您的理解。处理结果我会在约定的时间亲自告诉您，再见。",
        "您的心情我理解，我会马上请主管一起处理，并尽快给您明确的答复。",
    ),
    "proposal": (
        "",
        "{contact}您好，我是{me}。您提的建议我们收到了，非常感谢。想请您再说详细一点，我好转给相关部门。",
        "谢谢您为我们着想。是否采纳，我都会给您一个回复，再见。",
        "我明白您的意思了。目前的难处我如实转达，有结果马上告诉您。",
    ),
    "repair": (
        "",
        "{contact}您好，我是{me}。师傅刚完成维修，想确认设备是否恢复正常，师傅的服务您满意吗？",
        "好的，过几天我再确认一次维修效果。有问题请随时打给我，再见。",
        "很抱歉问题没有解决。我马上安排师傅再来，时间定好就告诉您。",
    ),
    "repair_overrun": (
        "",
        "{contact}您好，我是{me}。维修没能按约定的时间完成，向您道歉。想和您确认一下现在的情况和新的时间。",
        "谢谢您的体谅，我会盯着直到完成，再见。",
        "确实是我们的责任。我马上请主管协调，并给您一个确定的时间。",
    ),
    "repair_holds": (
        "",
        "{contact}您好，我是{me}。维修过去几天了，想确认设备运行是否稳定，问题有没有再出现？",
        "那就好。以后有问题请随时联系我，祝您生意兴隆，再见。",
        "很抱歉问题又出现了。我马上安排复查，时间定好就通知您。",
    ),
    "call_list": (
        "{contact}您好，我是{me}，负责{customer}的服务。今天做个简短的回访，占用您两分钟，您现在方便吗？",
        "{contact}您好，我是{me}。今天做个简短的回访，想听听{customer}对我们产品和服务的意见。",
        "谢谢您的宝贵意见，祝您工作顺利，再见。",
        "谢谢您的坦率。您说的我都记下了，会尽快给您答复。",
    ),
    "by_hand": (
        "{contact}您好，我是{me}，负责{customer}的服务。有件事想和您沟通一下，您现在方便吗？",
        "{contact}您好，我是{me}。按之前的约定给您打电话，您现在方便吗？",
        "好的，就按我们说的办。谢谢您，再见。",
        "我明白了，我再想想办法，之后给您回电。谢谢您。",
    ),
}
# kind, title, text (policy 5.8, 5.10)
TEXTS = [
    ("note", "一切正常", "使用正常，没有问题，对服务满意。"),
    ("note", "要报价", "对产品感兴趣，要求发送报价："),
    ("note", "要样品", "要求寄样品：规格、数量、地址："),
    ("note", "有顾虑", "有意向但有顾虑，主要是："),
    ("note", "暂无需求", "目前没有需求，同意以后再联系。"),
    ("note", "不满意", "不满意，主要原因："),
    ("greeting", "节日问候", "{contact}您好，祝您节日快乐，阖家幸福！感谢{customer}一直以来的支持。{me}敬上"),
    ("greeting", "周末问候", "{contact}您好，忙了一周辛苦了，祝您周末愉快！有需要随时联系我。{me}"),
    ("greeting", "生日祝福", "{contact}您好，祝您生日快乐，身体健康，万事如意！{me}敬上"),
    ("news", "新品介绍", "{contact}您好，我们有新产品上市，可能适合{customer}。需要资料或样品请回复我。{me}"),
    ("news", "行情通报", "{contact}您好，近期原料行情有变化，如{customer}有采购计划，可以提前和我确认价格。{me}"),
]
# Logs of before were never written later than the contact, as far as anybody can tell.
WRITTEN_THEN = "UPDATE visits_calllog SET created_at = at"


def write_policy(apps, schema_editor):
    rule, cadence = apps.get_model("visits", "CallbackRule"), apps.get_model("visits", "Cadence")
    for code, event, earliest, latest, unit in RULES:
        rule.objects.create(code=code, event=event, earliest=earliest, latest=latest, unit=unit)
    for intention, grade, days, channel in CADENCES:
        cadence.objects.create(intention=intention, grade=grade, days=days, channel=channel)
    write_words(apps)


def write_words(apps):
    names = ("first_call", "later_call", "closing_satisfied", "closing_unsatisfied")
    version, text = apps.get_model("visits", "ScriptVersion"), apps.get_model("visits", "TextTemplate")
    for purpose, words in SCRIPTS.items():
        script = apps.get_model("visits", "Script").objects.create(purpose=purpose)
        version.objects.create(script=script, number=1, **dict(zip(names, words, strict=True)))
    for kind, title, words in TEXTS:
        text.objects.create(kind=kind, title=title, text=words)


class Migration(migrations.Migration):
    dependencies = [("visits", "0002_callbacks")]
    operations = [
        migrations.RunPython(write_policy, migrations.RunPython.noop),
        migrations.RunSQL(WRITTEN_THEN, migrations.RunSQL.noop),
    ]
